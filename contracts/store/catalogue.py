"""The catalogue in Redis."""

from contracts.catalogue import Catalogue, from_chunks, to_chunks
from contracts.keys import Keys
from contracts.store.connection import Client


class CatalogueStore:
    """Writes the catalogue in chunks, its size last, and reads it whole."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys

    def write(self, catalogue: Catalogue) -> None:
        """Replace the catalogue."""
        chunks = to_chunks(catalogue)
        for n, chunk in enumerate(chunks):
            self._client.set(self._keys.catalogue(n), chunk)
        self._client.set(self._keys.catalogue_size(), len(chunks))

    def read(self) -> Catalogue | None:
        """The catalogue, or None if there is none.

        Raises:
            msgspec.DecodeError: if what is there is of another format.
        """
        size = int(self._client.get(self._keys.catalogue_size()) or 0)
        chunks = self._client.mget([self._keys.catalogue(n) for n in range(size)]) if size else []
        return from_chunks(chunks) if chunks and None not in chunks else None

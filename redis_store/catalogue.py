"""The catalogue in Redis."""

from contracts.catalogue import Catalogue, from_chunks, to_chunks
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, stored_at, whole_number
from redis_store.connection import Client
from redis_store.string_reads import parts_of, refuse_other_types

MOST_CHUNKS = 100_000


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

    def is_whole(self) -> bool:
        """Whether a catalogue is there, with all of its chunks."""
        try:
            size = self._size()
            chunks = [self._keys.catalogue(n) for n in range(size)]
            refuse_other_types(self._client, chunks)
        except CorruptValue:
            return False
        return size > 0 and self._client.exists(*chunks) == size

    def read(self) -> Catalogue | None:
        """The catalogue, or None if there is none.

        Raises:
            CorruptValue: if what is there is damaged.
        """
        keys = [self._keys.catalogue(n) for n in range(self._size())]
        chunks = parts_of(self._client, keys)
        whole = keys and len(chunks) == len(keys)
        return from_chunks(dict(zip(keys, chunks, strict=True))) if whole else None

    def _size(self) -> int:
        """How many chunks there are said to be; 0 if nothing is said."""
        key = self._keys.catalogue_size()
        stored = self._client.get(key)
        with stored_at(key):
            return 0 if stored is None else whole_number(stored, 1, MOST_CHUNKS)

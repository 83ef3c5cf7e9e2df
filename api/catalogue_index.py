"""The catalogue as the API uses it: by id, by popularity, by genre and by title."""

import logging
import unicodedata
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from contracts.catalogue import Catalogue, DamagedCatalogue, Movie, Persona, load
from contracts.stored_value_checks import CorruptValue

log = logging.getLogger(__name__)


class CatalogueSource(Protocol):
    """The catalogue in the store; `redis_store.catalogue.CatalogueStore`."""

    def read(self) -> Catalogue | None:
        """The catalogue, or None if there is none."""
        ...


class CatalogueIndex:
    """An immutable catalogue with its orders computed once."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Order the movies by likes and fold their titles."""
        self.personas: list[Persona] = catalogue.personas
        self._movies = {movie.movie_id: movie for movie in catalogue.movies}
        self._popular = sorted(catalogue.movies, key=lambda m: (-m.likes, m.movie_id))
        self._folded = [(folded(movie.title), movie) for movie in self._popular]

    def __len__(self) -> int:
        """How many movies."""
        return len(self._movies)

    def __contains__(self, movie_id: int) -> bool:
        """Whether the catalogue knows this movie."""
        return movie_id in self._movies

    def knows(self, movie_id: int) -> bool:
        """Whether there may be such a movie: without a catalogue, any."""
        return not self._movies or movie_id in self._movies

    def count_left(self, masked: Collection[int]) -> int:
        """How many movies are not masked."""
        return len(self._movies) - sum(movie_id in self._movies for movie_id in masked)

    def movie(self, movie_id: int) -> Movie:
        """The movie; a nameless one if the catalogue does not know it."""
        unknown = Movie(movie_id, f"Movie {movie_id}", None, (), None, None, 0)
        return self._movies.get(movie_id, unknown)

    def popular(self, masked: Collection[int], genre: str | None, limit: int) -> list[Movie]:
        """The most liked movies that are not masked, of one genre or of all."""
        wanted = (m for m in self._popular if m.movie_id not in masked and of_genre(m, genre))
        return [movie for movie, _ in zip(wanted, range(limit), strict=False)]

    def search(self, text: str, limit: int) -> list[Movie]:
        """Movies with this text in their title: at its start, at a word's, anywhere; by likes."""
        wanted = folded(text)
        found = [
            (_match_rank(wanted, title), movie) for title, movie in self._folded if wanted in title
        ]
        return [movie for _, movie in sorted(found, key=lambda pair: pair[0])[:limit]]


class CurrentCatalogue:
    """Holds the current catalogue: the file's as soon as there is one, else the store's."""

    def __init__(self, path: Path, source: CatalogueSource) -> None:
        """Begin with an empty one."""
        self._path = path
        self._source = source
        self._seen: tuple[int, int] | None = None
        self.index = CatalogueIndex(Catalogue([], []))

    def refresh(self) -> None:
        """Look whether the file changed, or the store has what the file does not offer.

        Raises:
            StoreError: if the store was asked and is away.
        """
        if self._file_changed():
            self._put(lambda: load(self._path))
        if not len(self.index):
            self._put(self._source.read)

    def _file_changed(self) -> bool:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        before, self._seen = self._seen, (found.st_mtime_ns, found.st_size)
        return before != self._seen

    def _put(self, read: Callable[[], Catalogue | None]) -> None:
        try:
            catalogue = read()
        except (FileNotFoundError, DamagedCatalogue, CorruptValue) as error:
            log.warning("the catalogue cannot be read: %s", error)
            return
        if catalogue is not None:
            self.index = CatalogueIndex(catalogue)


def of_genre(movie: Movie, genre: str | None) -> bool:
    """Whether the movie is of this genre, in any case; every movie is of None."""
    return genre is None or genre.casefold() in map(str.casefold, movie.genres)


def folded(text: str) -> str:
    """Text without case and accents, so that `amelie` finds `Amélie`."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in letters if not unicodedata.combining(c)).strip()


def _match_rank(wanted: str, title: str) -> int:
    if title.startswith(wanted):
        return 0
    return 1 if f" {wanted}" in title else 2

"""Titles, genres and personas: a file beside the event log, and bounded strings in Redis."""

from pathlib import Path

import msgspec

from contracts.files import write_atomically

CHUNK_MOVIES = 250
"""Movies in one stored string, which keeps it far below 64 KiB."""


class Movie(msgspec.Struct, frozen=True):
    """What is known of a movie besides its ratings.

    `likes` counts the data set's own likes: what popularity is before any model is there.
    """

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]
    imdb_id: str | None
    tmdb_id: int | None
    likes: int


class Persona(msgspec.Struct, frozen=True):
    """A user of the data set, described by the taste that the ratings show."""

    user_id: int
    ratings: int
    genres: tuple[str, ...]
    favourites: tuple[int, ...]


class Catalogue(msgspec.Struct, frozen=True):
    """Everything about a data set that does not change while it is replayed."""

    movies: list[Movie]
    personas: list[Persona]


def save(path: Path, catalogue: Catalogue) -> None:
    """Write the catalogue's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(catalogue))


def load(path: Path) -> Catalogue:
    """Read the catalogue's file.

    Raises:
        FileNotFoundError, msgspec.DecodeError: if there is none, or it is another format's.
    """
    return msgspec.json.decode(path.read_bytes(), type=Catalogue)


def to_chunks(catalogue: Catalogue) -> list[bytes]:
    """The catalogue as strings for Redis: the personas, then the movies."""
    movies = catalogue.movies
    parts = [movies[i : i + CHUNK_MOVIES] for i in range(0, len(movies), CHUNK_MOVIES)]
    return [msgspec.json.encode(part) for part in (catalogue.personas, *parts)]


def from_chunks(chunks: list[bytes]) -> Catalogue:
    """The inverse of `to_chunks`."""
    personas = msgspec.json.decode(chunks[0], type=list[Persona])
    parts = [msgspec.json.decode(chunk, type=list[Movie]) for chunk in chunks[1:]]
    return Catalogue([movie for part in parts for movie in part], personas)

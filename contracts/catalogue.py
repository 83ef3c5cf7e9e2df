"""Titles, genres, tags, people and personas: a file beside the event log, and strings in Redis."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from contracts.atomic_files import write_atomically
from contracts.process_exit import DAMAGED, Failure
from contracts.stored_value_checks import CorruptValue

log = logging.getLogger(__name__)

CHUNK_BYTES = 65_536
"""No stored string is larger."""


class DamagedCatalogue(Failure):
    """A catalogue's file that is cut, altered or of another format."""

    where = "catalogue"
    what_to_do = "write it again with `reelstream producer catalogue RELEASE`"
    code = DAMAGED


class Movie(msgspec.Struct, frozen=True):
    """What is known of a movie besides its ratings.

    `likes` counts the data set's own likes: what popularity is before any model is there. `tags`
    are the most used, the most used first.
    """

    movie_id: int
    title: str
    year: int | None
    genres: tuple[str, ...]
    imdb_id: str | None
    tmdb_id: int | None
    likes: int
    tags: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True):
    """What a data set knows of a user: age or age bracket, F or M, occupation."""

    user_id: int
    age: str | None = None
    sex: str | None = None
    occupation: str | None = None


class Persona(msgspec.Struct, frozen=True):
    """A user of the data set, described by the taste that the ratings show."""

    user_id: int
    ratings: int
    genres: tuple[str, ...]
    favourites: tuple[int, ...]
    person: Person | None = None


class Catalogue(msgspec.Struct, frozen=True):
    """Everything about a data set that does not change while it is replayed."""

    movies: list[Movie]
    personas: list[Persona]
    people: list[Person] = []


class _Chunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a catalogue, as one string holds it."""

    movies: list[Movie] = []
    personas: list[Persona] = []
    people: list[Person] = []


def save(path: Path, catalogue: Catalogue) -> None:
    """Write the catalogue's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(catalogue))


def load(path: Path) -> Catalogue:
    """Read the catalogue's file, also one from before there were tags and people.

    Raises:
        FileNotFoundError, DamagedCatalogue: if there is none, or it cannot be read.
    """
    content = path.read_bytes()
    try:
        return msgspec.json.decode(content, type=Catalogue)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedCatalogue(f"{path} is damaged: {error}") from error


def kept(path: Path) -> Catalogue | None:
    """The catalogue's file, or None with a warning if it cannot be read."""
    try:
        return load(path) if path.is_file() else None
    except DamagedCatalogue as error:
        log.warning("%s", error)
        return None


def to_chunks(catalogue: Catalogue) -> list[bytes]:
    """The catalogue as strings for Redis, each at most `CHUNK_BYTES` long and at least one.

    A movie or a person alone is never as long, with the texts that `movielens` keeps.
    """
    kinds: dict[bytes, Sequence[msgspec.Struct]] = {
        b"personas": catalogue.personas,
        b"movies": catalogue.movies,
        b"people": catalogue.people,
    }
    chunks = [
        b'{"%b":[%b]}' % (kind, b",".join(part))
        for kind, items in kinds.items()
        for part in _parts(items, CHUNK_BYTES - len(b'{"personas":[]}'))
    ]
    return chunks or [b"{}"]


def from_chunks(chunks: Mapping[str, bytes]) -> Catalogue:
    """The inverse of `to_chunks`, of strings by their keys.

    Raises:
        CorruptValue: naming the key of a string that is another format's.
    """
    parts = [_part(*one) for one in chunks.items()]
    return Catalogue(
        [movie for part in parts for movie in part.movies],
        [persona for part in parts for persona in part.personas],
        [person for part in parts for person in part.people],
    )


def _part(key: str, chunk: bytes) -> _Chunk:
    try:
        return msgspec.json.decode(chunk, type=_Chunk)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorruptValue(f"{key}: {error}") from error


def _parts(items: Sequence[msgspec.Struct], room: int) -> Iterator[list[bytes]]:
    """The items as JSON, so many together as find room with a comma each."""
    part: list[bytes] = []
    size = 0
    for one in map(msgspec.json.encode, items):
        if part and size + len(one) > room:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one) + 1
    if part:
        yield part

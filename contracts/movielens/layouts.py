"""Which file of a release is which: told by its first lines, not by its name.

Source: the releases' READMEs. 100K has `u.data` (tabs), `u.item` and `u.user` (`|`); 1M and 10M
have `::`; all later ones are CSV with a header.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.movielens.sources import Member, NoData, members

HEAD_BYTES = 16_384
BYTE_ORDER_MARK = codecs.BOM_UTF8
UTF_16 = "is UTF-16: save it as UTF-8"


class Role(StrEnum):
    """What a file tells."""

    ratings = "ratings"
    movies = "movies"
    links = "links"
    tags = "tags"
    users = "users"


HEADERS = {
    Role.ratings: ("userId", "movieId", "rating", "timestamp"),
    Role.tags: ("userId", "movieId", "tag", "timestamp"),
    Role.movies: ("movieId", "title", "genres"),
    Role.links: ("movieId", "imdbId", "tmdbId"),
}
USERS_1M = ("userId", "sex", "age", "occupation", "postcode")
USERS_100K = ("userId", "age", "sex", "occupation", "postcode")
MOVIES_100K = ("movieId", "title", "released", "video", "imdb", *(f"genre{n}" for n in range(19)))


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are written.

    Attributes:
        separator: between two fields of a line.
        columns: the fields' names, in the file's order; those of the CSV releases.
        header: whether the first line names them.
    """

    role: Role
    separator: str
    columns: tuple[str, ...]
    header: bool


_INT, _STARS, _TIME = r"\d{1,10}", r"[0-5](?:\.[05])?", r"\d{8,10}"
_WITHOUT_HEADER = [
    (re.compile(pattern), Layout(role, separator, columns, header=False))
    for pattern, role, separator, columns in (
        (f"{_INT}\t{_INT}\t{_STARS}\t{_TIME}", Role.ratings, "\t", HEADERS[Role.ratings]),
        (f"{_INT}::{_INT}::{_STARS}::{_TIME}", Role.ratings, "::", HEADERS[Role.ratings]),
        (f"{_INT}::{_INT}::.*::{_TIME}", Role.tags, "::", HEADERS[Role.tags]),
        (f"{_INT}::[MF]::{_INT}::{_INT}::.*", Role.users, "::", USERS_1M),
        (rf"{_INT}\|{_INT}\|[MF]\|[^|]+\|[^|]*", Role.users, "|", USERS_100K),
        (f"{_INT}::(?:(?!::).)+::(?:(?!::).)+", Role.movies, "::", HEADERS[Role.movies]),
        (rf"{_INT}\|[^|]+(?:\|[^|]*){{3}}(?:\|[01]){{19}}", Role.movies, "|", MOVIES_100K),
    )
]


class NotMovieLens(ValueError):
    """A path that does not hold what the releases hold; says file and line."""


class EmptyFile(NotMovieLens):
    """A file of ratings without a byte."""


@dataclass(frozen=True)
class Table:
    """A file of a release and how it is written."""

    member: Member
    layout: Layout


@dataclass(frozen=True)
class Release:
    """The files of a release by what they tell.

    Attributes:
        members: all files that are there, known or not.
        ignored: members of a zip whose names no release has.
    """

    path: Path
    tables: Mapping[Role, Table]
    members: Sequence[Member]
    ignored: int

    @property
    def ratings(self) -> Table:
        """The file of ratings."""
        return self.tables[Role.ratings]


def open_release(path: Path) -> Release:
    """The release at a path: a folder, a zip, or a file of ratings alone.

    Of several files that tell the same the largest is taken: 100K has its ratings in parts, too.

    Raises:
        NoData: if nothing is there.
        NotMovieLens: if it holds no ratings as a release has them.
        Damaged: if it is a zip that is not whole.
    """
    found, ignored = members(path)
    heads = {one.where: head_of(one) for one in found}
    tables: dict[Role, Table] = {}
    for member in sorted(found, key=lambda one: one.size):
        layout = recognise(heads[member.where])
        if layout is not None:
            tables[layout.role] = Table(member, layout)
    if Role.ratings not in tables:
        raise _no_ratings(path, found, heads)
    return Release(path, tables, found, ignored)


def recognise(head: bytes) -> Layout | None:
    """The layout of a file that begins so; None for one that no release has."""
    # Bytes end a line at CR and LF alone; text would at a form feed, too.
    lines = [
        one.decode(errors="replace") for one in head.removeprefix(BYTE_ORDER_MARK).splitlines()
    ]
    if not lines:
        return None
    names = tuple(lines[0].split(","))
    for role, columns in HEADERS.items():
        if set(columns) <= set(names) and len(set(names)) == len(names):
            return Layout(role, ",", names, header=True)
    some = lines[:50]
    for pattern, layout in _WITHOUT_HEADER:
        if 2 * sum(pattern.fullmatch(line) is not None for line in some) > len(some):
            return layout
    return None


def head_of(member: Member) -> bytes:
    """What a file begins with."""
    chunks = member.chunks(HEAD_BYTES)
    try:
        return next(chunks, b"")
    finally:
        chunks.close()  # type: ignore[attr-defined]


def is_utf_16(head: bytes) -> bool:
    """Whether a file that begins so has two bytes for a character, which no release has."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _no_ratings(path: Path, found: list[Member], heads: Mapping[str, bytes]) -> Exception:
    """The most helpful thing to say about a path without ratings."""
    named = [one for one in found if one.name in {"ratings.csv", "ratings.dat", "u.data"}]
    if not named and (path.is_dir() or len(found) != 1):
        inner = sorted(one.name for one in path.iterdir() if one.is_dir()) if path.is_dir() else []
        hint = f"; did you mean {path / inner[0]}?" if len(inner) == 1 else ""
        return NoData(f"{path} holds no ratings{hint}")
    member = (named or found)[0]
    head = heads[member.where]
    expected = ",".join(HEADERS[Role.ratings])
    if not head:
        return EmptyFile(f"{member.where} is empty: 0 ratings")
    if is_utf_16(head):
        return NotMovieLens(f"{member.where} {UTF_16}")
    first = head.removeprefix(BYTE_ORDER_MARK).splitlines()[0][:60].decode(errors="replace")
    return NotMovieLens(f"{member.where} begins with {first!r}, not {expected!r}")

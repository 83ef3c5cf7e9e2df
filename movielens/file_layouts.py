"""The formats of a release's files, recognised by their first lines, not their names.

Source: the releases' READMEs. 100K has `u.data` (tabs), `u.item` and `u.user` (`|`); 1M and 10M
have `::`; all later ones are CSV with a header.
"""

import codecs
import csv
import re
from dataclasses import dataclass
from enum import StrEnum

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
_NEEDED = {role: set(names) - {"genres"} for role, names in HEADERS.items()}
"""The columns without which a file is not what it tells; a movie may have no genres."""
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
_BARE_CSV = re.compile(f"{_INT},{_INT},{_STARS},{_TIME}")
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


def recognise(head: bytes) -> Layout | None:
    """The layout of a file that begins so; None for one that no release has."""
    # Bytes end a line at CR and LF alone; text would at a form feed, too.
    lines = [
        one.decode(errors="replace") for one in head.removeprefix(BYTE_ORDER_MARK).splitlines()
    ]
    if not lines:
        return None
    names = tuple(next(csv.reader(lines[:1]), ()))
    for role in HEADERS:
        if _NEEDED[role] <= set(names) and len(set(names)) == len(names):
            return Layout(role, ",", names, header=True)
    if _BARE_CSV.fullmatch(lines[0]):  # else it is somebody's header, of any order
        return Layout(Role.ratings, ",", HEADERS[Role.ratings], header=False)
    some = lines[:50]
    for pattern, layout in _WITHOUT_HEADER:
        if 2 * sum(pattern.fullmatch(line) is not None for line in some) > len(some):
            return layout
    return None


def is_utf_16(head: bytes) -> bool:
    """Whether a file that begins so has two bytes for a character, which no release has."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))

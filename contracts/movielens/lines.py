"""The files beside the ratings, line by line as named fields; nothing is repaired.

Each line stands for itself: a quote that is left open ends there, and is refused.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from contracts.movielens.layouts import (
    UTF_16,
    Layout,
    NotMovieLens,
    Release,
    Role,
    Table,
    head_of,
    is_utf_16,
)
from contracts.movielens.sources import Member

MAX_LINE = 65_536
MAX_TEXT = 200
"""Characters of a title, a genre, a tag or an occupation that are kept."""
_NAMES = {
    Role.movies: {"movies.csv", "movies.dat", "u.item"},
    Role.links: {"links.csv"},
    Role.tags: {"tags.csv", "tags.dat"},
    Role.users: {"users.dat", "u.user"},
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NATURAL = re.compile(r"[1-9][0-9]{0,9}")

Fields = Mapping[str, str]
T = TypeVar("T")


class Malformed(ValueError):
    """A line that does not tell what its file tells; says what is wrong."""


def parsed(release: Release, role: Role, parse: Callable[[Fields], T]) -> Iterator[T]:
    """What each line of a release's file tells; nothing where the release has no such file.

    Blank lines are passed over: 100K has some.

    Args:
        release: where the file lies.
        role: which file.
        parse: makes something of a line's fields, or raises `Malformed`.

    Raises:
        NotMovieLens: naming file and line.
        Damaged: if the file is not whole, or changes meanwhile.
    """
    table = _table(release, role)
    if table is None:
        return
    for number, line in _lines(table.member):
        if not line or (number == 1 and table.layout.header):
            continue
        try:
            yield parse(_fields(line, table.layout))
        except Malformed as error:
            what = f"no {role.removesuffix('s')}: {error}"
            raise NotMovieLens(f"{table.member.where} line {number}: {what}") from None


def plain(text: str) -> str:
    """Text without control characters and without space around it."""
    return _CONTROL.sub("", text).strip()


def natural(name: str, text: str, most: int) -> int:
    """A number from 1, as it is usually written.

    Raises:
        Malformed: if it is none, or larger.
    """
    if not _NATURAL.fullmatch(text) or int(text) > most:
        raise Malformed(f"{name} {text!r:.80}")
    return int(text)


def _table(release: Release, role: Role) -> Table | None:
    """The release's file; one that has its name only is refused, and not passed over."""
    if role in release.tables:
        return release.tables[role]
    for member in release.members:
        if member.name in _NAMES[role] and member.where != release.ratings.member.where:
            hint = UTF_16 if is_utf_16(head_of(member)) else f"holds no {role}"
            raise NotMovieLens(f"{member.where} {hint}")
    return None


def _lines(member: Member) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; of one beyond all measure the beginning, and then no more."""
    number, tail = 0, ""
    for text in _text(member):
        *lines, tail = (tail + text).split("\n")
        yield from enumerate(lines, number + 1)
        number += len(lines)
        if len(tail) > MAX_LINE:
            break
    yield number + 1, tail


def _text(member: Member) -> Iterator[str]:
    """The file in pieces, every line end a line feed."""
    decoder = codecs.getincrementaldecoder(_encoding(member))()
    translated = io.IncrementalNewlineDecoder(decoder, translate=True)
    for chunk in member.chunks():
        yield translated.decode(chunk)
    yield translated.decode(b"", final=True)


def _encoding(member: Member) -> str:
    """UTF-8 if the whole file is, else Latin-1: 100K and 1M are older than UTF-8's ways."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in member.chunks():
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _fields(line: str, layout: Layout) -> Fields:
    if len(line) > MAX_LINE:
        raise Malformed(f"more than {MAX_LINE} characters")
    fields = _split(line, layout)
    if len(fields) != len(layout.columns):
        raise Malformed(f"{len(fields)} fields, not {len(layout.columns)}: {line[:80]!r}")
    return dict(zip(layout.columns, fields, strict=True))


def _split(line: str, layout: Layout) -> list[str]:
    if layout.separator == "," and '"' in line:
        try:
            return next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise Malformed(f"{error}: {line[:80]!r}") from None
    if layout.separator == "::" and layout.role is Role.tags:
        # A tag may hold the separator itself.
        *ids, rest = line.split("::", 2)
        return [*ids, *rest.rsplit("::", 1)]
    return line.split(layout.separator)

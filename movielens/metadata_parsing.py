"""Parses the files other than the ratings record by record; invalid lines are counted.

Nothing is repaired: invalid lines are left out. Only a movies file of another format is rejected.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from movielens.delimited_records import Fields, Malformed, fields_of, records
from movielens.file_layouts import HEADERS, UTF_16, Role, is_utf_16
from movielens.release import NAMES, Release, head_of

MAX_TEXT = 200
"""Characters of a title, a genre, a tag or an occupation that are kept."""
SHOWN = 5
"""Lost lines that are kept to be shown, of each file."""
_SPACE = re.compile(r"[\t-\r]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NATURAL = re.compile(r"([1-9][0-9]{0,9})(?:\.0+)?")

T = TypeVar("T")


@dataclass
class Loss:
    """What of a file could not be used.

    Attributes:
        lines: how many, or None if it was all of a file that is another kind's.
        first: what is wrong with the first of them, each with its place.
    """

    lines: int | None = 0
    first: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """Count a line."""
        self.lines = (self.lines or 0) + 1
        if len(self.first) < SHOWN:
            self.first.append(what)

    def summary(self) -> str:
        """The first, and how many; empty if nothing was lost."""
        if not self.first:
            return ""
        count = "whole file ignored" if self.lines is None else f"lines ignored: {self.lines}"
        return f"{self.first[0]} ({count})"


def parsed(release: Release, role: Role, parse: Callable[[Fields], T], loss: Loss) -> Iterator[T]:
    """What each record of a release's file tells; nothing where the release has no such file.

    Args:
        release: where the file lies.
        role: which file.
        parse: makes something of a record's fields, or raises `Malformed`.
        loss: is told of records that tell nothing.

    Raises:
        Damaged: if the file is not whole, or changes meanwhile.
    """
    _note_stranger(release, role, loss)
    if role not in release.tables or loss.lines is None:
        return
    for part in release.tables[role].parts:
        for number, record in records(part):
            try:
                yield parse(fields_of(record, part.layout))
            except Malformed as error:
                what = f"invalid {role.removesuffix('s')}: {error}"
                loss.add(f"{part.member.where} line {number}: {what}")


def plain(text: str) -> str:
    """Text without control characters and without space around it; a line end is a space."""
    shown = text if text.isprintable() else _CONTROL.sub("", _SPACE.sub(" ", text))
    return shown.strip()


def natural(name: str, text: str, most: int) -> int:
    """A number from 1, as it is usually written, or as pandas writes it: `801.0`.

    Raises:
        Malformed: if it is not one, or larger.
    """
    match = _NATURAL.fullmatch(text)
    if match is None or int(match[1]) > most:
        raise Malformed(f"{name} {text!r:.80}")
    return int(match[1])


def _note_stranger(release: Release, role: Role, loss: Loss) -> None:
    """A file that has only the name is not passed over in silence."""
    for name in NAMES[role] & release.strangers.keys():
        member = release.strangers[name]
        loss.lines, loss.first = None, [f"{member.where} {_what_it_is(role, head_of(member))}"]


def _what_it_is(role: Role, head: bytes) -> str:
    if not head:
        return "is empty"
    if is_utf_16(head):
        return UTF_16
    begins, header = ascii(head[:40].decode(errors="replace")), ",".join(HEADERS.get(role, ()))
    expected = f", not {header!r}" if header else ""
    return f"holds no {role}: it begins with {begins}{expected}"

"""Which file of a release is which.

A file may be in parts, as Spark and Hadoop write it: a folder of `part-00000…`, `part-00001…`, each
with or without a header; in the order of their numbers they are one file.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from contracts.process_exit import REJECTED, Failure
from movielens.file_layouts import (
    BYTE_ORDER_MARK,
    HEADERS,
    UTF_16,
    Layout,
    Role,
    is_utf_16,
    recognise,
)
from movielens.folder_or_zip import Member, NoData, members
from movielens.zip_checks import PART

HEAD_BYTES = 16_384
NAMES = {
    Role.ratings: {"ratings.csv", "ratings.dat", "u.data"},
    Role.movies: {"movies.csv", "movies.dat", "u.item"},
    Role.links: {"links.csv"},
    Role.tags: {"tags.csv", "tags.dat"},
    Role.users: {"users.dat", "u.user"},
}
"""What the releases call each."""
_FOLD = re.compile(r"[ur][1-5ab]\.(?:base|train|test)")
"""100K has its ratings in folds, too, and 10M a script that makes some."""
_SHOWN = 3


class NotMovieLens(Failure):
    """A path that does not hold what the releases hold; says file and line."""

    where = "data"
    what_to_do = "give a MovieLens release: a folder, a zip or a file of ratings"
    code = REJECTED


class EmptyFile(NotMovieLens):
    """A file of ratings without a byte."""


@dataclass(frozen=True)
class Part:
    """A file, or a part of one, and how it is written."""

    member: Member
    layout: Layout


@dataclass(frozen=True)
class Table:
    """A file of a release, whole or in parts.

    Attributes:
        name: without folders.
        where: its name for messages.
        parts: in their order; the only one, if it is whole.
    """

    name: str
    where: str
    parts: Sequence[Part]

    @property
    def layout(self) -> Layout:
        """How it is written; parts differ only in whether they have a header."""
        return self.parts[0].layout

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(part.member.size for part in self.parts)

    def chunks(self) -> Iterator[bytes]:
        """Its bytes; raises Damaged as those of `Member`."""
        return chain.from_iterable(part.member.chunks() for part in self.parts)


@dataclass(frozen=True)
class Release:
    """The files of a release by what they tell.

    Attributes:
        strangers: files that no release has, by their name.
        passed_over: what is not read because another file tells it by its name; a line for each.
        ignored: members of a zip whose names no release has.
    """

    path: Path
    tables: Mapping[Role, Table]
    strangers: Mapping[str, Member]
    passed_over: Sequence[str]
    ignored: int

    @property
    def ratings(self) -> Table:
        """The file of ratings."""
        return self.tables[Role.ratings]


def open_release(path: Path) -> Release:
    """The release at a path: a folder, a zip, or a file of ratings alone.

    Of several files that tell the same the one with the releases' name is taken.

    Raises:
        NoData: if nothing is there.
        NotMovieLens: if it holds no ratings as a release has them, or nobody can tell which of
            several files is meant.
        Damaged: if it is a zip that is not whole.
    """
    found, ignored = members(path)
    heads = {one.where: head_of(one) for one in found}
    candidates: dict[Role, list[Table]] = defaultdict(list)
    strangers: dict[str, Member] = {}
    for name, group in _gathered(found):
        table = _table(name, group, [heads[one.where] for one in group])
        if table is None:
            strangers[name] = group[0]
        else:
            candidates[table.layout.role].append(table)
    if Role.ratings not in candidates or NAMES[Role.ratings] & strangers.keys():
        raise _no_ratings(path, found, heads)
    chosen = {role: _chosen(role, of_role) for role, of_role in candidates.items()}
    tables = {role: table for role, (table, _) in chosen.items() if table is not None}
    passed_over = [one for _, others in chosen.values() for one in others]
    return Release(path, tables, strangers, passed_over, ignored)


def head_of(member: Member) -> bytes:
    """What a file begins with."""
    chunks = member.chunks(HEAD_BYTES)
    try:
        return next(chunks, b"")
    finally:
        chunks.close()  # type: ignore[attr-defined]


def _gathered(found: Sequence[Member]) -> list[tuple[str, list[Member]]]:
    """The files by name, those that are parts of one together and in their order."""
    whole = [(one.name, [one]) for one in found if not PART.fullmatch(one.name)]
    parts: dict[Path, list[tuple[int, str, Member]]] = defaultdict(list)
    for one in found:
        if match := PART.fullmatch(one.name):
            parts[one.folder].append((int(match[1]), one.name, one))
    return whole + [
        (folder.name, [one for *_, one in sorted(numbered)]) for folder, numbered in parts.items()
    ]


def _table(name: str, group: Sequence[Member], heads: Sequence[bytes]) -> Table | None:
    """The file that is whole, or in these parts; a header in one tells what all have."""
    known = [recognise(head) for head in heads]
    recognised = [one for one in known if one is not None]
    if not recognised:
        return None
    first = next((one for one in recognised if one.header), recognised[0])
    bare = replace(first, header=False)
    layouts = [one if one and one.header and one.role is first.role else bare for one in known]
    where = group[0].where if len(group) == 1 else str(group[0].folder)
    return Table(name, where, [Part(*pair) for pair in zip(group, layouts, strict=True)])


def _chosen(role: Role, tables: Sequence[Table]) -> tuple[Table | None, list[str]]:
    """The one table, or the one that is called as the releases call it; what is passed over.

    Raises:
        NotMovieLens: if there is no telling, and no going on without it.
    """
    named = [one for one in tables if one.name in NAMES[role]] or tables
    if len(named) > 1:
        shown = ", ".join(one.where for one in named[:_SHOWN])
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        what = f"cannot tell which file holds the {role}: {shown}{more}"
        if role in {Role.ratings, Role.movies}:
            raise NotMovieLens(what)
        return None, [what]
    others = [one for one in tables if one is not named[0] and not _FOLD.fullmatch(one.name)]
    of = f"the {role} are read from {named[0].where}"
    return named[0], [f"{one.where} is ignored: {of}" for one in others]


def _no_ratings(path: Path, found: Sequence[Member], heads: Mapping[str, bytes]) -> Exception:
    """The most helpful thing to say about a path without ratings."""
    named = [one for one in found if _is_called_ratings(one, path)]
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


def _is_called_ratings(member: Member, path: Path) -> bool:
    if PART.fullmatch(member.name):
        return member.folder == path or member.folder.name in NAMES[Role.ratings]
    return member.name in NAMES[Role.ratings]

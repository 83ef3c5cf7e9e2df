"""The event log's files by what they hold, and which of them make up the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_NAME = re.compile(r"(\d+)/(\d{20})-(\d{20})\.parquet")


class BrokenLog(RuntimeError):
    """A hole or an overlap between the log's files, or records that do not follow it."""


class Span(NamedTuple):
    """A file: the records `first <= offset < next` of a partition, all of them."""

    partition: int
    first: int
    next: int

    @property
    def rows(self) -> int:
        """How many records that is."""
        return self.next - self.first

    @property
    def name(self) -> str:
        """The file's name below the log's root."""
        return f"{self.partition}/{self.first:020d}-{self.next:020d}.parquet"


def span_of(name: str) -> Span | None:
    """The inverse of `Span.name`; None for a file that is no part of the log."""
    match = _NAME.fullmatch(name)
    return Span(*map(int, match.groups())) if match else None


def by_partition(names: Iterable[str]) -> Mapping[int, list[Span]]:
    """What files of these names hold, those that are part of the log; a partition may have none."""
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for name in names:
        if span := span_of(name):
            found[span.partition].append(span)
    return found


def chain(spans: Iterable[Span]) -> list[Span]:
    """The files that make up one partition's log, in order: the reading rule.

    From offset 0 on, the longest file that begins where the log has got to; files that lie within
    what was passed have been merged into it. No row is read twice, and none is left out.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    chosen: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda one: (one.first, -one.next)):
        if span.next <= end:
            continue
        if span.first != end:
            what = f"{span.name} begins at {span.first}"
            raise BrokenLog(f"{what}, the log before it ends at {end}")
        chosen.append(span)
        end = span.next
    return chosen

"""The event log's files by what they hold, and which of them make up the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from contracts.process_exit import DAMAGED, Failure

_NAME = re.compile(r"(\d+)/(\d{20})-(\d{20})\.parquet")


class BrokenLog(Failure):
    """A hole or an overlap between the log's files, or records that do not follow it."""

    where = "event log"
    what_to_do = "restore the missing files"
    code = DAMAGED


class LogFile(NamedTuple):
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


def log_file_of(name: str) -> LogFile | None:
    """The inverse of `LogFile.name`; None for a file that is no part of the log."""
    match = _NAME.fullmatch(name)
    return LogFile(*map(int, match.groups())) if match else None


def by_partition(names: Iterable[str]) -> Mapping[int, list[LogFile]]:
    """What files of these names hold, those that are part of the log; a partition may have none."""
    found: defaultdict[int, list[LogFile]] = defaultdict(list)
    for name in names:
        if span := log_file_of(name):
            found[span.partition].append(span)
    return found


def chain(spans: Iterable[LogFile]) -> list[LogFile]:
    """The files that make up one partition's log, in order: the reading rule.

    From offset 0 on, the longest file that begins where the log has got to; files that lie within
    what was passed have been merged into it. No row is read twice, and none is left out.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    chosen: list[LogFile] = []
    end = 0
    for span in sorted(spans, key=lambda one: (one.first, -one.next)):
        if span.next <= end:
            continue
        if span.first != end:
            what = f"{span.name} begins at {span.first}"
            raise BrokenLog(f"{what}, but the log before it ends at {end}")
        chosen.append(span)
        end = span.next
    return chosen

"""Small files of the event log, merged into larger ones while the log is being written."""

from collections.abc import Sequence
from posixpath import basename

from event_log import (
    SCHEMA,
    LogFile,
    Storage,
    by_partition,
    chain,
    files_by_partition,
    publish,
    publish_manifest,
    rows_of,
)

GROWTH = 8
"""A merged row lies in a file at least so many times as large as before: so it is merged rarely."""
MAX_ROWS = 500_000
"""In a merged file, so that merging one takes little time and memory."""
KEPT_S = 600
"""How long a merged file stays beside the one that has its rows: readers have listed it."""


def worth_merging(files: Sequence[LogFile]) -> Sequence[LogFile]:
    """The longest tail of a partition's files that is worth a merge; empty if none is.

    A row is merged at most log(MAX_ROWS) / log(GROWTH), that is six times, and the files left
    are few: the logarithmic method (Bentley and Saxe 1980) as log-structured stores use it.
    """
    for i in range(len(files)):
        tail = files[i:]
        rows = tail[-1].next - tail[0].first
        if rows <= MAX_ROWS and rows >= GROWTH * max(span.rows for span in tail):
            return tail
    return ()


def compact(log: Storage, now_s: float) -> None:
    """Merge where it is most worth it, tell readers in the manifest, remove what is long merged.

    At most one merge, so that it is over soon; killed anywhere, it leaves a log that is whole.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    tails = [worth_merging(chain(some)) for some in files_by_partition(log).values()]
    if tail := max(tails, key=len, default=()):
        merge(log, tail)
    publish_manifest(log)
    _remove_merged(log, now_s - KEPT_S)


def merge(log: Storage, files: Sequence[LogFile]) -> None:
    """One file with the rows of several that follow one another."""
    whole = LogFile(files[0].partition, files[0].first, files[-1].next)
    publish(log, whole, rows_of(log, files, SCHEMA.names))


def _remove_merged(log: Storage, before_s: float) -> None:
    """Remove what a file covers that was there before, and what killed writers left unfinished."""
    modified = log.modified()
    for found in by_partition(modified).values():
        files = chain(found)
        for span in set(found) - set(files):
            cover = next(one for one in files if one.first <= span.first and span.next <= one.next)
            if modified[cover.name] < before_s:
                log.delete(span.name)
    for name, at_s in modified.items():
        if basename(name).startswith(".") and at_s < before_s:
            log.delete(name)

"""A log as it is while it is being merged."""

from contracts.topics import Identity
from event_log import LogFile, Storage, claim, land, publish_manifest
from harness.builders import log_rows, rated
from streaming.log_compaction import merge

OURS = Identity("cluster", "topic", 4)
RECORDS = 7


def fill(log: Storage) -> None:
    """Small files, some of them merged and still there, what outsiders ignore, and a manifest."""
    claim(log, OURS)
    for offset in range(5):
        land(log, 0, [log_rows(rated(movie_id=1 + offset), first=offset)])
    land(log, 2, [log_rows("json", rated())])
    merge(log, [LogFile(0, n, n + 1) for n in range(3)])
    log.write("0/.unfinished.parquet.7", b"half a fi")
    publish_manifest(log)

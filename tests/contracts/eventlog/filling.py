"""A log as it is while it is being merged."""

from contracts.eventlog import Place, Span, claim, land, publish_manifest
from contracts.topics import Identity
from streaming.compaction import merge
from tests.builders import log_rows, rated

OURS = Identity("cluster", "topic", 4)
RECORDS = 7


def fill(log: Place) -> None:
    """Small files, some of them merged and still there, what outsiders ignore, and a manifest."""
    claim(log, OURS)
    for offset in range(5):
        land(log, 0, [log_rows(rated(movie_id=1 + offset), first=offset)])
    land(log, 2, [log_rows("json", rated())])
    merge(log, [Span(0, n, n + 1) for n in range(3)])
    log.write("0/.unfinished.parquet.7", b"half a fi")
    publish_manifest(log)

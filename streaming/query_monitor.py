"""Monitors the queries: reports their progress to Redis and Prometheus, and ends a stuck job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace
from pyspark.sql.streaming.query import StreamingQuery

from contracts.next_offsets import NextOffsets, events_between
from contracts.process_status import QueryStatus
from redis_store.status import StatusStore
from streaming.checkpoint_files import LOG, TRENDS
from streaming.checkpoint_guard import SideFile
from streaming.metrics import Metrics
from streaming.query_progress import Batch, Pace, batches_after, paced, require_progress


@dataclass
class QueryMonitor:
    """The queries by name, and who is told of them; clocks are passed in."""

    queries: Mapping[str, StreamingQuery]
    status: StatusStore
    metrics: Metrics
    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    _paces: dict[str, Pace] = field(default_factory=dict)
    _excused_until_s: float = field(default=float("-inf"), init=False)
    _seen: dict[str, int] = field(default_factory=dict)

    def look(self, side: SideFile, topic_ends: NextOffsets) -> None:
        """Report the progress of each query.

        Raises:
            QueryStuck: if one of them makes no progress.
        """
        now_s = self.monotonic()
        for name, query in self.queries.items():
            mark = side.marks.get(name)
            end = mark.end if mark else side.begin.get(name, {})
            behind = events_between(end, topic_ends)
            number = mark.batch if mark else None
            pace = self._paces[name] = paced(self._paces.get(name), number, behind, now_s)
            self.metrics.stands(name, end, topic_ends)
            self.metrics.progressed(name, partial(self._stands_s, name))
            self._say(name, pace, self._new_batches(name, query), now_s)
        for name, pace in self._paces.items():
            since_s = max(pace.since_s, self._excused_until_s)
            require_progress(name, Pace(pace.batch, pace.behind, since_s), now_s)

    def excuse(self) -> None:
        """Blame no query for what it did not do until now: Redis was away, or took nothing."""
        self._excused_until_s = self.monotonic()

    def _stands_s(self, name: str) -> float:
        return self.monotonic() - self._paces[name].since_s

    def _new_batches(self, name: str, query: StreamingQuery) -> list[Batch]:
        batches = batches_after(query, self._seen.get(name))
        for batch in batches:
            self.metrics.took(name, batch)
            {LOG: self.metrics.landed, TRENDS: self.metrics.counted}[name](batch)
            self._seen[name] = batch.number
        return batches

    def _say(self, name: str, pace: Pace, batches: list[Batch], now_s: float) -> None:
        now_ms = self.now_ms()
        last = batches[-1] if batches else None
        progressed_ms = now_ms - round((now_s - pace.since_s) * 1000)
        said = QueryStatus(name, progressed_ms, pace.behind, pace.batch)
        if last:
            said = replace(said, committed_ms=now_ms, rows=last.rows, duration_ms=last.duration_ms)
        if last and name == TRENDS:
            said = replace(
                said,
                watermark_ms=last.watermark_ms,
                state_rows=last.state_rows,
                state_bytes=last.state_bytes,
            )
        self.status.write_query(said)

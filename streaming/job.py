"""The application's driver: two queries, the triggers, a heartbeat."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql.streaming.query import StreamingQuery

from contracts.clients import Tail
from contracts.eventlog import Place, ends
from contracts.requests import RetrainLog
from contracts.store.reading import ReadingStore
from contracts.store.status import StatusStore
from contracts.store.trends import TrendStore
from contracts.topics import events_between
from streaming import checkpoint
from streaming.checkpoint import SideFile
from streaming.failures import QueryFailed
from streaming.following import Following
from streaming.quality import Judged, LiveQuality
from streaming.shown import Shown
from streaming.triggers import Policy, due

LOOK_EVERY_S = 0.5
COMPACT_EVERY_MS = 10_000


@dataclass
class Job:
    """What the loop looks after; clock and sleep are passed in.

    `metrics_at` is the address of its metrics; empty if they are not served.
    """

    require_spark: Callable[[], None]
    checkpoint: Path
    side_file: SideFile
    log: StreamingQuery
    trends: StreamingQuery
    event_log: Place
    topic: Tail
    retrains: RetrainLog
    reading: ReadingStore
    shown: Shown
    trend_store: TrendStore
    status: StatusStore
    compact: Callable[[], None]
    following: Following
    metrics_at: str
    policy: Policy
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]
    quality: LiveQuality = field(default_factory=LiveQuality, init=False)
    _started_ms: int = field(init=False)
    _compacted_ms: int = field(init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Look after the queries until told to stop.

        Raises:
            QueryFailed: as soon as one of them has ended.
            QueryStuck: if one of them does not get on.
        """
        self._started_ms = self._compacted_ms = self.now_ms()
        while not stopping():
            self._check_queries()
            self._look()
            self._compact()
            self.sleep(LOOK_EVERY_S)

    def _check_queries(self) -> None:
        self.require_spark()
        for query in (self.log, self.trends):
            if not query.isActive:
                raise QueryFailed(f"query {query.name} ended: {query.exception()}")

    def _compact(self) -> None:
        if self.now_ms() - self._compacted_ms >= COMPACT_EVERY_MS:
            self.compact()
            self._compacted_ms = self.now_ms()

    def _look(self) -> None:
        landed, topic_ends = ends(self.event_log), self.topic.ends()
        self.side_file = checkpoint.advanced(self.checkpoint, self.side_file)
        self.shown.mend()
        self.following.look(self.side_file, topic_ends)
        trends_behind = events_between(self.trend_store.reflected(), topic_ends)
        self.following.metrics.shown(trends_behind)
        retrains = self.retrains.state()
        self.quality.look(Judged.of(self.reading.positions().values()))
        asked = due(
            self.policy,
            retrains,
            landed,
            topic_ends,
            self._started_ms,
            self.now_ms(),
            fallen=self.quality.fallen,
        )
        if asked:
            self.retrains.append(asked)
            self.quality.answered()
        self.status.write(
            "streaming",
            {
                "heartbeat_ms": self.now_ms(),
                "landed": sum(landed.values()),
                "behind": events_between(landed, topic_ends),
                "trends_behind": trends_behind,
                "starts": self.side_file.starts,
                "metrics": self.metrics_at,
            },
        )

"""The application's driver: two queries, the triggers, a heartbeat."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql.streaming.query import StreamingQuery

from contracts.next_offsets import events_between
from contracts.process_status import StreamingStatus
from event_log import Storage, ends
from kafka_clients import PartitionReader
from kafka_clients.retrain_log import RetrainLog
from redis_store.reader import ReadingStore
from redis_store.retry import Backoff
from redis_store.status import StatusStore
from redis_store.trends import TrendStore
from streaming import checkpoint_guard
from streaming.checkpoint_guard import SideFile
from streaming.errors import QueryFailed
from streaming.quality_watch import Judged, QualityWatch
from streaming.query_monitor import QueryMonitor
from streaming.retrain_triggers import Policy, due
from streaming.trend_sink import TrendSink

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
CHORES_EVERY_MS = 10_000


@dataclass
class Job:
    """What the loop looks after; clock and sleep are passed in.

    `chores` are done every few seconds. `metrics_at` is the address of its metrics; empty if they
    are not served.
    """

    require_spark: Callable[[], None]
    checkpoint: Path
    side_file: SideFile
    log: StreamingQuery
    trends: StreamingQuery
    event_log: Storage
    topic: PartitionReader
    retrains: RetrainLog
    reading: ReadingStore
    sink: TrendSink
    trend_store: TrendStore
    status: StatusStore
    chores: Sequence[Callable[[], None]]
    monitor: QueryMonitor
    metrics_at: str
    policy: Policy
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]
    quality: QualityWatch = field(default_factory=QualityWatch, init=False)
    _started_ms: int = field(init=False)
    _chores_ms: int = field(init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Look after the queries until told to stop.

        Raises:
            QueryFailed: as soon as one of them has ended.
            QueryStuck: if one of them makes no progress.
            StoreError: if Redis has been away for a minute.
        """
        self._started_ms = self._chores_ms = self.now_ms()
        backoff = Backoff(self.monitor.monotonic, self.sleep)
        while not stopping():
            self._check_queries()
            with backoff:
                self._look()
            if backoff.missing:
                self.monitor.excuse()
            else:
                self._do_chores()
                self.sleep(LOOK_EVERY_S)

    def _check_queries(self) -> None:
        self.require_spark()
        for query in (self.log, self.trends):
            if not query.isActive:
                raise QueryFailed(f"query {query.name} ended: {query.exception()}")

    def _do_chores(self) -> None:
        if self.now_ms() - self._chores_ms >= CHORES_EVERY_MS:
            for chore in self.chores:
                chore()
            self._chores_ms = self.now_ms()

    def _look(self) -> None:
        landed, topic_ends = ends(self.event_log), self.topic.ends()
        self.side_file = checkpoint_guard.advanced(self.checkpoint, self.side_file)
        self.sink.mend()
        self.monitor.look(self.side_file, topic_ends)
        trends_behind = events_between(self.trend_store.reflected(), topic_ends)
        self.monitor.metrics.set_trends_behind(trends_behind)
        retrains = self.retrains.state()
        self.monitor.metrics.model_held(retrains.held is not None)
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
            log.info("requested a model of %d events, by %s", sum(landed.values()), asked.reason)
            self.quality.answered()
        self.status.write(
            StreamingStatus(
                self.now_ms(),
                landed=sum(landed.values()),
                behind=events_between(landed, topic_ends),
                trends_behind=trends_behind,
                starts=self.side_file.starts,
                metrics=self.metrics_at,
            )
        )

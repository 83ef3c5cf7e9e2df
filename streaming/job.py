"""The application's driver: two queries, the triggers, a heartbeat."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql.streaming.query import StreamingQuery

from contracts.clients import Tail
from contracts.eventlog import ends
from contracts.requests import RetrainLog
from contracts.store.status import StatusStore
from contracts.store.trends import TrendStore
from contracts.topics import events_between, from_json_keys
from streaming.failures import QueryFailed
from streaming.triggers import Policy, due

LOOK_EVERY_S = 0.5


@dataclass
class Job:
    """What the loop looks after; clock and sleep are passed in."""

    require_spark: Callable[[], None]
    log: StreamingQuery
    trends: StreamingQuery
    event_log: Path
    topic: Tail
    retrains: RetrainLog
    trend_store: TrendStore
    status: StatusStore
    policy: Policy
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]
    _started_ms: int = field(init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Look after the queries until told to stop.

        Raises:
            QueryFailed: as soon as one of them has ended.
        """
        self._started_ms = self.now_ms()
        while not stopping():
            self._check_queries()
            self._look()
            self.sleep(LOOK_EVERY_S)

    def _check_queries(self) -> None:
        self.require_spark()
        for query in (self.log, self.trends):
            if not query.isActive:
                raise QueryFailed(f"query {query.name} ended: {query.exception()}")

    def _look(self) -> None:
        landed, topic_ends = ends(self.event_log), self.topic.ends()
        self.trend_store.mark_reflected(reflected_by(self.trends))
        reflected = self.trend_store.reflected()  # before the first batch, that of earlier runs
        retrains = self.retrains.state()
        asked = due(self.policy, retrains, landed, topic_ends, self._started_ms, self.now_ms())
        if asked:
            self.retrains.append(asked)
        self.status.write(
            "streaming",
            {
                "heartbeat_ms": self.now_ms(),
                "landed": sum(landed.values()),
                "behind": events_between(landed, topic_ends),
                "trends_behind": events_between(reflected, topic_ends),
            },
        )


def reflected_by(query: StreamingQuery) -> dict[int, int]:
    """The next-offsets that a query's last finished batch has brought it to; empty before one."""
    progress = query.lastProgress
    if progress is None:
        return {}
    end = progress["sources"][0]["endOffset"]
    by_topic = json.loads(end) if isinstance(end, str) else end
    return {
        p: n for offsets in (by_topic or {}).values() for p, n in from_json_keys(offsets).items()
    }

"""What Redis and Prometheus are told of the queries, look by look."""

from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from contracts.process_status import QueryStatus
from contracts.topics import Identity
from harness.builders import AT_MS, own_keys
from redis_store.connection import connect
from redis_store.status import StatusStore
from streaming.checkpoint_files import LOG, TRENDS, Mark
from streaming.checkpoint_guard import SideFile
from streaming.errors import QueryStuck
from streaming.metrics import Metrics
from streaming.query_monitor import QueryMonitor
from tests.streaming.test_query_progress import Query, report

pytestmark = pytest.mark.integration

TREND = {
    "stateOperators": [{"numRowsTotal": 40, "memoryUsedBytes": 5000}],
    "eventTime": {"watermark": "2025-11-19T10:00:00.000Z"},
    "observedMetrics": {},
}


@dataclass
class Followed:
    """Two queries that are followed; a look takes as long as it is said to."""

    status: StatusStore
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    log: Query = field(default_factory=Query)
    trends: Query = field(default_factory=Query)
    now_s: float = 0

    def __post_init__(self) -> None:
        self.monitor = QueryMonitor(
            {LOG: self.log, TRENDS: self.trends},  # type: ignore[dict-item]
            self.status,
            Metrics(self.registry, starts=3),
            lambda: AT_MS + int(self.now_s * 1000),
            lambda: self.now_s,
        )

    def look(self, end: int, topic_end: int, number: int = 7) -> None:
        marks = {name: Mark("id", number, {0: end}) for name in (LOG, TRENDS)}
        side = SideFile(Identity("cluster", "topic", 1), "now", marks=marks)
        self.monitor.look(side, {0: topic_end})

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"reelstream_streaming_{name}", labels)


@pytest.fixture
def followed(redis_url: str) -> Followed:
    return Followed(StatusStore(connect(redis_url, timeout_s=5), own_keys()))


def test_redis_is_told_of_the_last_batch_and_of_what_is_left(followed: Followed) -> None:
    followed.log.recentProgress.append(report(7))
    followed.trends.recentProgress.append(report(7, **TREND))

    followed.look(end=12, topic_end=15)

    log = QueryStatus("log", AT_MS, 3, 7, AT_MS, rows=12, duration_ms=450)
    assert followed.status.query("log") == log
    trends = followed.status.query("trends")
    assert trends
    assert (trends.watermark_ms, trends.state_rows) == (1_763_546_400_000, 40)


def test_a_query_that_stands_is_said_to(followed: Followed) -> None:
    followed.look(end=12, topic_end=15)
    followed.now_s = 40

    followed.look(end=12, topic_end=15)

    said = followed.status.query("log")
    assert said
    assert said.stands_s(AT_MS + 40_000) == 40
    assert followed.value("seconds_since_progress", query="log") == 40


def test_the_job_ends_for_a_query_that_is_stuck(followed: Followed) -> None:
    followed.look(end=12, topic_end=15)
    followed.now_s = 120

    with pytest.raises(QueryStuck, match="query log is 3 records behind"):
        followed.look(end=12, topic_end=15)


def test_no_query_is_blamed_for_the_time_in_which_redis_took_nothing(followed: Followed) -> None:
    followed.look(end=12, topic_end=15)
    followed.now_s = 150
    followed.monitor.excuse()

    followed.look(end=12, topic_end=15)

    assert followed.value("seconds_since_progress", query="log") == 150
    followed.now_s = 270
    with pytest.raises(QueryStuck):
        followed.look(end=12, topic_end=15)


def test_rows_are_counted_by_outcome_and_batch_by_batch(followed: Followed) -> None:
    followed.log.recentProgress.append(report(7))
    followed.look(end=12, topic_end=24, number=7)
    followed.look(end=12, topic_end=24, number=7)
    followed.log.recentProgress.append(report(8))
    followed.look(end=24, topic_end=24, number=8)

    assert followed.value("rows_total", outcome="valid") == 20
    assert followed.value("rows_total", outcome="json") == 4
    assert followed.value("rows_total", outcome="empty") == 0
    assert followed.value("batch_duration_seconds_count", query="log") == 2
    assert followed.value("batch_duration_seconds_bucket", query="log", le="0.5") == 2


def test_offsets_are_told_by_query_and_partition(followed: Followed) -> None:
    followed.look(end=12, topic_end=15)

    at = {"query": "trends", "partition": "0"}
    assert followed.value("committed_offset", **at) == 12
    assert followed.value("offsets_behind", **at) == 3


def test_state_watermark_and_starts_are_told(followed: Followed) -> None:
    followed.trends.recentProgress.append(report(7, **TREND))
    followed.look(end=12, topic_end=12)

    assert followed.value("state_rows") == 40
    assert followed.value("state_bytes") == 5000
    assert followed.value("watermark_timestamp_seconds") == 1_763_546_400
    assert followed.value("starts_total") == 3


def test_it_is_told_whether_the_active_version_is_held(followed: Followed) -> None:
    told = []
    for held in (True, False):
        followed.monitor.metrics.model_held(held)
        told.append(followed.value("model_held"))

    assert told == [1, 0]

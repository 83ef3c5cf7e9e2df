"""When a query is stuck, and what Spark's reports say of its batches."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pyspark.sql import Row

from contracts.process_status import STUCK_S
from streaming.errors import QueryStuck
from streaming.query_progress import Batch, Pace, batch_of, batches_after, paced, require_progress

Look = tuple[float, int | None, int]
"""Seconds, the last committed batch, records behind."""


def followed(*looks: Look) -> Pace:
    """The pace after these looks."""
    pace: Pace | None = None
    for now_s, batch, behind in looks:
        pace = paced(pace, batch, behind, now_s)
    assert pace
    return pace


TABLE = {
    "just begun": ([(0, None, 500)], 0),
    "behind since it began": ([(0, None, 500), (100, None, 500)], 100),
    "more has come, and no batch": ([(0, 3, 500), (100, 3, 900)], 100),
    "a backlog that progresses": ([(0, 3, 9000), (100, 4, 8900), (200, 5, 8800)], 0),
    "a batch, then none": ([(0, 3, 9000), (100, 4, 8900), (150, 4, 8900)], 50),
    "nothing to read for long": ([(0, 3, 0), (9000, 3, 0)], 0),
    "an event after a long pause": ([(0, 3, 0), (9000, 3, 0), (9001, 3, 1)], 1),
    "a backlog that was read": ([(0, 3, 50), (100, 3, 50), (101, 4, 0), (150, 4, 0)], 0),
}


@pytest.mark.parametrize(("looks", "stands_s"), TABLE.values(), ids=TABLE)
def test_how_long_a_query_stands(
    looks: list[tuple[float, int | None, int]], stands_s: float
) -> None:
    assert looks[-1][0] - followed(*looks).since_s == stands_s


def test_a_query_that_stands_too_long_is_named_with_what_is_left() -> None:
    pace = followed((0, 3, 50), (STUCK_S, 3, 60))

    with pytest.raises(QueryStuck, match=r"query trends is 60 records behind and .* for 120 s"):
        require_progress("trends", pace, STUCK_S)


def test_until_then_it_is_waited_for() -> None:
    pace = followed((0, 3, 50), (STUCK_S - 1, 3, 60))

    require_progress("trends", pace, STUCK_S - 1)


def report(number: int, **changes: Any) -> dict[str, Any]:
    """A report of the log query, as PySpark gives it."""
    return {
        "batchId": number,
        "batchDuration": 450,
        "numInputRows": 12,
        "durationMs": {"addBatch": 300, "triggerExecution": 450},
        "eventTime": {},
        "stateOperators": [],
        "observedMetrics": {"rejected": Row("json", "key")(2, 0)},
    } | changes


@dataclass
class Query:
    """What a query remembers of itself."""

    recentProgress: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lastProgress(self) -> dict[str, Any] | None:
        return self.recentProgress[-1] if self.recentProgress else None


def numbers(query: Query, seen: int | None) -> list[int]:
    return [one.number for one in batches_after(query, seen)]  # type: ignore[arg-type]


def test_a_report_of_the_log_tells_rows_by_reason() -> None:
    assert batch_of(report(7)) == Batch(7, 12, 450, {"json": 2, "key": 0})


def test_a_report_of_the_trends_tells_state_and_watermark() -> None:
    state = {"numRowsTotal": 40, "memoryUsedBytes": 5000}
    time = {"watermark": "2025-11-19T10:00:00.000Z"}

    batch = batch_of(report(7, stateOperators=[state], eventTime=time, observedMetrics={}))

    assert batch == Batch(7, 12, 450, {}, 1_763_546_400_000, 40, 5000)


def test_every_batch_of_a_run_is_seen_once() -> None:
    query = Query([report(5), report(6), report(7)])

    assert numbers(query, None) == [5, 6, 7]
    assert numbers(query, 5) == [6, 7]
    assert numbers(query, 6) == [7]
    assert numbers(query, 7) == []


def test_a_query_before_its_first_batch_has_none() -> None:
    assert numbers(Query(), None) == []


def test_a_trigger_that_found_nothing_is_no_batch() -> None:
    assert numbers(Query([report(5, durationMs={"triggerExecution": 2})]), None) == []

"""The progress of a query, from what Spark reports of its batches, and when it is stuck. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyspark.sql.streaming.query import StreamingQuery

from contracts.process_status import STUCK_S
from streaming.errors import QueryStuck
from streaming.event_log_query import REJECTED


@dataclass(frozen=True)
class Batch:
    """A batch that was committed.

    Attributes:
        rows: records read.
        rejected: how many of them were, by reason; of the log query alone.
        watermark_ms: of a query with state, once there is one.
        state_bytes: that the state holds in memory.
    """

    number: int
    rows: int
    duration_ms: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    watermark_ms: int | None = None
    state_rows: int = 0
    state_bytes: int = 0


@dataclass(frozen=True)
class Pace:
    """How far a query is: its last committed batch, and the records that are left.

    `since_s` is when it last committed one, or had nothing left to read; by a monotonic clock.
    """

    batch: int | None
    behind: int
    since_s: float


def paced(before: Pace | None, batch: int | None, behind: int, now_s: float) -> Pace:
    """The pace after another look."""
    stands = before is not None and batch == before.batch and behind > 0
    return Pace(batch, behind, before.since_s if before and stands else now_s)


def require_progress(name: str, pace: Pace, now_s: float) -> None:
    """Stop waiting for a query that makes no progress.

    Raises:
        QueryStuck: if it has been behind for `STUCK_S` without a batch.
    """
    if now_s - pace.since_s >= STUCK_S:
        what = f"query {name} is {pace.behind} records behind"
        raise QueryStuck(f"{what} and has not committed a batch for {STUCK_S:.0f} s")


def batches_after(query: StreamingQuery, seen: int | None) -> list[Batch]:
    """The batches of this run after one that was seen, of those that Spark remembers (100)."""
    last = query.lastProgress
    if last is None or last["batchId"] == seen:
        return []
    reports = [last] if seen is not None and last["batchId"] == seen + 1 else query.recentProgress
    found = [batch_of(one) for one in reports if "addBatch" in one["durationMs"]]
    return [one for one in found if seen is None or one.number > seen]


def batch_of(report: Mapping[str, Any]) -> Batch:
    """A batch from Spark's report (`StreamingQueryProgress`)."""
    observed = report["observedMetrics"].get(REJECTED)
    watermark = report["eventTime"].get("watermark")
    return Batch(
        number=report["batchId"],
        rows=report["numInputRows"],
        duration_ms=report["batchDuration"],
        rejected={} if observed is None else observed.asDict(),
        watermark_ms=None if watermark is None else _milliseconds(watermark),
        state_rows=sum(one["numRowsTotal"] for one in report["stateOperators"]),
        state_bytes=sum(one["memoryUsedBytes"] for one in report["stateOperators"]),
    )


def _milliseconds(timestamp: str) -> int:
    return int(datetime.fromisoformat(timestamp).timestamp() * 1000)

"""What streaming tells Prometheus."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contracts.event_parser import Reason
from contracts.next_offsets import NextOffsets
from streaming.query_progress import Batch

PREFIX = "reelstream_streaming"
VALID = "valid"
SECONDS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
"""Bounds of the batch durations' histogram."""


class Metrics:
    """The job's metrics in a registry; labels are queries, partitions and reasons, and no more."""

    def __init__(self, registry: CollectorRegistry, starts: int) -> None:
        """Begin with everything at zero, but for how often a job has begun on the checkpoint."""
        query, by_partition = ["query"], ["query", "partition"]
        self._behind = _gauge(
            registry,
            "offsets_behind",
            "Records that a query has not read yet.",
            by_partition,
        )
        self._committed = _gauge(
            registry,
            "committed_offset",
            "Next offset that a query will read.",
            by_partition,
        )
        self._idle = _gauge(
            registry,
            "seconds_since_progress",
            "Time since a query committed a batch or had nothing left to read; alert on it.",
            query,
        )
        self._duration = Histogram(
            f"{PREFIX}_batch_duration_seconds", "How long a query's batches took.", query,
            registry=registry, buckets=SECONDS,
        )  # fmt: skip
        self._rows = Counter(
            f"{PREFIX}_rows",
            "Records in the event log: valid, or the reason they were rejected for.",
            ["outcome"],
            registry=registry,
        )
        self._state_rows = _gauge(
            registry, "state_rows", "Rows of state that trends keep for open buckets."
        )
        self._state_bytes = _gauge(registry, "state_bytes", "Memory that this state takes.")
        self._watermark = _gauge(
            registry, "watermark_timestamp_seconds", "No bucket before this time will change."
        )
        self._trends_behind = _gauge(
            registry, "trends_behind", "Records that the buckets in Redis do not reflect."
        )
        self._resident = _gauge(
            registry,
            "resident_bytes",
            "Resident memory: the driver's Python and Java, and Spark's Python workers.",
            ["part"],
        )
        self._live_heap = _gauge(
            registry,
            "live_heap_bytes",
            "Java heap in use after the last full collection; steady growth is a leak.",
        )
        self._model_held = _gauge(
            registry, "model_held", "1 while an operator holds the active version, else 0."
        )
        Counter(f"{PREFIX}_starts", "Starts of the job on this checkpoint.", registry=registry).inc(
            starts
        )
        for outcome in (VALID, *Reason):
            self._rows.labels(outcome)

    def stands(self, query: str, end: NextOffsets, topic_ends: NextOffsets) -> None:
        """Note how far a query is in each partition."""
        for partition, last in topic_ends.items():
            at = end.get(partition, 0)
            self._committed.labels(query, partition).set(at)
            self._behind.labels(query, partition).set(max(0, last - at))

    def progressed(self, query: str, idle_s: Callable[[], float]) -> None:
        """Let seconds be asked for whenever somebody looks: a job that hangs cannot hide it."""
        self._idle.labels(query).set_function(idle_s)

    def landed(self, batch: Batch) -> None:
        """Count a batch of the log."""
        self._rows.labels(VALID).inc(batch.rows - sum(batch.rejected.values()))
        for reason, count in batch.rejected.items():
            self._rows.labels(reason).inc(count)

    def counted(self, batch: Batch) -> None:
        """Note what trends keep after a batch."""
        self._state_rows.set(batch.state_rows)
        self._state_bytes.set(batch.state_bytes)
        self._watermark.set((batch.watermark_ms or 0) / 1000)

    def took(self, query: str, batch: Batch) -> None:
        """Note how long a batch took."""
        self._duration.labels(query).observe(batch.duration_ms / 1000)

    def holds(self, bytes_by_part: Mapping[str, int], live_heap: int) -> None:
        """Note what the job's processes hold in memory."""
        for part, held in bytes_by_part.items():
            self._resident.labels(part).set(held)
        self._live_heap.set(live_heap)

    def model_held(self, held: bool) -> None:
        """Note whether retrains may not activate a version."""
        self._model_held.set(held)

    def set_trends_behind(self, trends_behind: int) -> None:
        """Note how far the buckets in Redis are behind the topic."""
        self._trends_behind.set(trends_behind)


def _gauge(
    registry: CollectorRegistry, name: str, what: str, labels: list[str] | None = None
) -> Gauge:
    return Gauge(f"{PREFIX}_{name}", what, labels or [], registry=registry)

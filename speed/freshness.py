"""Freshness: how long it takes from a record's append to its list being readable."""

from collections import Counter

from contracts.latency_histogram import bucket_of


class Freshness:
    """Appended → readable, counted by partition for live events whose list was made.

    A partition has one owner at a time: it adds its new counts to those that the status `speed`
    keeps, which all workers share, so that neither a restart nor a hand-over forgets any.

    Attributes:
        counts: events that the status does not count yet, by partition and bucket.
    """

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.counts: Counter[tuple[int, int]] = Counter()

    def add(self, partition: int, appended_ms: int, readable_ms: int) -> int:
        """Count one event; its milliseconds."""
        took = max(0, readable_ms - appended_ms)
        self.counts[partition, bucket_of(took)] += 1
        return took

"""What the speed layer tells Prometheus."""

import collections
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contracts.event_parser import Reason
from redis_store.live_quality_counts import AFTER_A_MINUTE, judged_in
from redis_store.partition_position import Position

PREFIX = "reelstream_speed"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
"""Bounds of the histogram from append to readable list."""
OUTCOMES = ("applied", "no_effect", *Reason)
AT_ONCE, LATER = "at_once", "later"
"""When a list was made: with its event, or because it was owed."""
JUDGED_LISTS = ("live", "frozen", "popular")


class PartitionProgress(NamedTuple):
    """How far a partition is: its position, records not read yet, lists not made yet."""

    next_offset: int
    behind: int
    owed: int


class Metrics:
    """A worker's metrics in a registry; labels are partitions, outcomes and lists, and no more."""

    def __init__(self, registry: CollectorRegistry, monotonic: Callable[[], float]) -> None:
        """Begin with everything at zero; `monotonic` tells seconds."""
        self._monotonic = monotonic
        self._readable = Histogram(
            f"{PREFIX}_appended_to_readable_seconds",
            "From a fresh rating's append in Kafka to the list that reflects it.",
            registry=registry, buckets=SECONDS,
        )  # fmt: skip
        self._of_partition = (
            _gauge(registry, "applied_offset", "Next offset to apply.", ["partition"]),
            _gauge(registry, "offsets_behind", "Records not read yet.", ["partition"]),
            _gauge(registry, "lists_owed", "Lists still to be recomputed.", ["partition"]),
        )
        self._assigned = _gauge(
            registry, "partitions_assigned", "Partitions that this worker owns; 0 while it joins."
        )
        self._told: set[int] = set()
        self._records = _counter(
            registry,
            "records",
            "Records: applied, without effect, or the reason they were rejected for.",
            "outcome",
            OUTCOMES,
        )
        self._made = _counter(
            registry,
            "lists_made",
            "Lists computed: with their rating, or later because they were owed.",
            "when",
            (AT_ONCE, LATER),
        )
        self._likes = Counter(
            f"{PREFIX}_judged_likes",
            "First-time likes, more than a minute after the person's last rating, that lists were "
            "evaluated on.",
            registry=registry,
        )  # fmt: skip
        self._hits = _counter(
            registry,
            "judged_hits",
            "Of these, movies already in the top ten: of the live list, the published one, or "
            "the popular one.",
            "list",
            JUDGED_LISTS,
        )
        self._version = _gauge(
            registry, "active_version", "Model version that lists are made with; 0 before any."
        )
        self._standstills = Counter(
            f"{PREFIX}_standstills",
            "Times that the worker made no progress for more than ten seconds.",
            registry=registry,
        )  # fmt: skip
        idle = _gauge(
            registry,
            "seconds_since_progress",
            "Time since records were applied or none were left; alert on it.",
        )
        self.progressed()
        # Asked for whenever somebody looks: a loop that hangs cannot hide it.
        idle.set_function(self.stands_s)

    def stands_s(self) -> float:
        """Seconds since the worker's last progress."""
        return self._monotonic() - self._progressed_at

    def stood(self) -> None:
        """Count a standstill."""
        self._standstills.inc()

    def progressed(self) -> None:
        """Note progress of the worker."""
        self._progressed_at = self._monotonic()

    def applied(self, before: Position, after: Position) -> None:
        """Count what a stretch has added to its partition's position; it is progress."""
        for outcome, count in (_outcomes(after) - _outcomes(before)).items():
            self._records.labels(outcome).inc(count)
        judged = judged_in([after], AFTER_A_MINUTE) - judged_in([before], AFTER_A_MINUTE)
        self._likes.inc(judged["likes"])
        for name in JUDGED_LISTS:
            self._hits.labels(name).inc(judged[name])
        self.progressed()

    def readable(self, took_ms: int) -> None:
        """Note how long after its append a record was in a list."""
        self._readable.observe(took_ms / 1000)

    def made(self, when: str, lists: int) -> None:
        """Count lists that were made `AT_ONCE` or `LATER`."""
        self._made.labels(when).inc(lists)

    def follows(self, version: int) -> None:
        """Note the model's version that lists are made with."""
        self._version.set(version)

    def stand(self, standings: Mapping[int, PartitionProgress], confirmed_s: float) -> None:
        """Note how far each partition of ours is; nothing left to read is as good as progress.

        It is so as of when the group last confirmed that they are ours: a member that has none yet,
        or hears nothing, knows of nothing that is left.
        """
        for partition, standing in standings.items():
            for gauge, value in zip(self._of_partition, standing, strict=True):
                gauge.labels(partition).set(value)
        for gone in self._told - standings.keys():  # its new owner tells of it
            for gauge in self._of_partition:
                gauge.remove(gone)
        self._told = set(standings)
        self._assigned.set(len(standings))
        if not any(one.behind for one in standings.values()):
            self._progressed_at = max(self._progressed_at, self._monotonic() - confirmed_s)


def _outcomes(position: Position) -> collections.Counter[str]:
    """How many records of a partition ended how."""
    own = {"applied": position.applied, "no_effect": position.no_effect}
    return collections.Counter({**own, **position.rejected})


def _gauge(registry: CollectorRegistry, name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(f"{PREFIX}_{name}", what, labels, registry=registry)


def _counter(
    registry: CollectorRegistry, name: str, what: str, label: str, values: Iterable[str]
) -> Counter:
    """A counter that is at zero for each value of its label."""
    counter = Counter(f"{PREFIX}_{name}", what, [label], registry=registry)
    for value in values:
        counter.labels(value)
    return counter

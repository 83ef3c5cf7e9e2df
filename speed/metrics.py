"""What the speed layer tells Prometheus; README.md says what each name means."""

import collections
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contracts.events import Reason
from contracts.store.speed import Position, judged_in

PREFIX = "reelstream_speed"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)
"""Bounds of the histogram from append to readable list."""
OUTCOMES = ("applied", "no_effect", *Reason)
AT_ONCE, LATER = "at_once", "later"
"""When a list was made: with its event, or because it was owed."""
JUDGED_LISTS = ("live", "frozen", "popular")


class Standing(NamedTuple):
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
            f"{PREFIX}_appended_to_readable_seconds", "From a fresh record's append to its list.",
            registry=registry, buckets=SECONDS,
        )  # fmt: skip
        self._of_partition = (
            _gauge(registry, "applied_offset", "Next offset to apply.", ["partition"]),
            _gauge(registry, "offsets_behind", "Records not read yet.", ["partition"]),
            _gauge(registry, "lists_owed", "Lists that are still to be made.", ["partition"]),
        )
        self._told: set[int] = set()
        self._records = _counter(registry, "records", "Records, by outcome.", "outcome", OUTCOMES)
        self._made = _counter(registry, "lists_made", "Lists, by when.", "when", (AT_ONCE, LATER))
        self._likes = Counter(
            f"{PREFIX}_judged_likes", "First-time likes that lists were judged by.",
            registry=registry,
        )  # fmt: skip
        self._hits = _counter(
            registry, "judged_hits", "Those that a list had before.", "list", JUDGED_LISTS
        )
        self._version = _gauge(registry, "active_version", "Of the model; 0 before any.")
        idle = _gauge(
            registry, "seconds_since_progress", "Since records were applied or none were left."
        )
        self.progressed()
        # Asked for whenever somebody looks: a loop that hangs cannot hide it.
        idle.set_function(lambda: self._monotonic() - self._progressed_at)

    def progressed(self) -> None:
        """Note that the worker gets on."""
        self._progressed_at = self._monotonic()

    def applied(self, before: Position, after: Position) -> None:
        """Count what a stretch has added to its partition's position; it is progress."""
        for outcome, count in (_outcomes(after) - _outcomes(before)).items():
            self._records.labels(outcome).inc(count)
        judged = judged_in([after]) - judged_in([before])
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

    def stand(self, standings: Mapping[int, Standing]) -> None:
        """Note how far each partition of ours is; nothing left to read is as good as progress."""
        for partition, standing in standings.items():
            for gauge, value in zip(self._of_partition, standing, strict=True):
                gauge.labels(partition).set(value)
        for gone in self._told - standings.keys():  # its new owner tells of it
            for gauge in self._of_partition:
                gauge.remove(gone)
        self._told = set(standings)
        if not any(one.behind for one in standings.values()):
            self.progressed()


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

"""The demo's figures while it runs, and its summary at the end."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from contracts.latency_histogram import quantile_ms
from contracts.process_status import SpeedStatus


class Milliseconds(msgspec.Struct, frozen=True):
    """Appended → readable."""

    p50: float | None
    p99: float | None

    def __str__(self) -> str:
        """For people."""
        if self.p50 is None or self.p99 is None:
            return "no live ratings yet"
        return f"p50 {self.p50:g} ms, p99 {self.p99:g} ms"


class Sample(msgspec.Struct, frozen=True):
    """A user's list as the API answered it."""

    user_id: int
    titles: list[str]


class Summary(msgspec.Struct, frozen=True):
    """The demo's result; with `--json` the last line of stdout.

    `replayed` are the acknowledged ones that were sent live, after the history.
    """

    sent: int
    acknowledged: int
    replayed: int
    repeated: int
    applied: int
    no_effect: int
    rejected: int
    model_version: int | None
    versions_published: int
    sample: Sample
    seconds_to_page: float | None
    seconds_to_first_personal_list: float | None
    freshness_ms: Milliseconds
    resident_mb: int

    @property
    def complete(self) -> bool:
        """Whether it has come as far as a list of somebody's own, and live ratings after it."""
        return self.seconds_to_first_personal_list is not None and self.replayed > 0

    @property
    def conserved(self) -> bool:
        """Whether every acknowledged event was applied or had no effect, and none was rejected.

        A producer that was killed repeats, with the same ids, what it did not know to be there.
        """
        counted = self.applied + self.no_effect - self.repeated
        return self.sent == self.acknowledged == counted and not self.rejected


@dataclass
class DemoFigures:
    """Figures that are gathered while the demo runs."""

    seconds_to_page: float | None = None
    seconds_to_first_list: float | None = None
    resident_mb: int = 0
    trending: list[str] = field(default_factory=list)


def freshness(status: SpeedStatus) -> Milliseconds:
    """The quantiles of the speed layer's counts in all partitions; to a tenth."""
    counts: Counter[int] = Counter()
    for (_, bucket), count in status.fresh.items():
        counts[bucket] += count
    p50, p99 = quantile_ms(counts, 0.5), quantile_ms(counts, 0.99)
    return Milliseconds(*(None if value is None else round(value, 1) for value in (p50, p99)))


def text(summary: Summary) -> str:
    """The result for people."""
    model, versions = summary.model_version, summary.versions_published
    titles = "\n".join(f"    {n:2d}. {title}" for n, title in enumerate(summary.sample.titles, 1))
    return "\n".join(
        [
            f"sent {summary.sent}, acknowledged {summary.acknowledged}, "
            f"{summary.replayed} of them live, repeated {summary.repeated}, "
            f"applied {summary.applied}, without effect {summary.no_effect}, "
            f"rejected {summary.rejected}",
            "no model yet" if model is None else f"model v{model}, {versions} versions published",
            f"appended → readable: {summary.freshness_ms}",
            f"page {_after(summary.seconds_to_page)}, first personal list "
            f"{_after(summary.seconds_to_first_personal_list)}, {summary.resident_mb} MB resident",
            f"for user {summary.sample.user_id}:" if titles else "no list yet",
            *filter(None, [titles]),
        ]
    )


def _after(seconds: float | None) -> str:
    return "not yet" if seconds is None else f"after {seconds} s"

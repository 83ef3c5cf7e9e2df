"""What the demo knows of itself while it runs, and what it says at its end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from contracts.histograms import quantile_ms


class Milliseconds(msgspec.Struct, frozen=True):
    """Appended → readable."""

    p50: float | None
    p99: float | None


class Sample(msgspec.Struct, frozen=True):
    """A user's list as the API answered it."""

    user_id: int
    titles: list[str]


class Summary(msgspec.Struct, frozen=True):
    """The demo's result; with `--json` the last line of stdout."""

    sent: int
    acknowledged: int
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
    def conserved(self) -> bool:
        """Whether every acknowledged event was applied or had no effect, and none was rejected.

        A producer that was killed repeats, with the same ids, what it did not know to be there.
        """
        counted = self.applied + self.no_effect - self.repeated
        return self.sent == self.acknowledged == counted and not self.rejected


@dataclass
class Seen:
    """Figures that are gathered while the demo runs."""

    seconds_to_page: float | None = None
    seconds_to_first_list: float | None = None
    resident_mb: int = 0
    trending: list[str] = field(default_factory=list)


def behind(status: Mapping[str, str]) -> int | None:
    """Records that the speed layer has not read yet, in all partitions; None before it spoke."""
    counts = [int(count) for name, count in status.items() if name.startswith("behind:")]
    return sum(counts) if counts else None


def freshness(status: Mapping[str, str]) -> Milliseconds:
    """The quantiles of the speed layer's counts in all partitions; to a tenth."""
    counts: Counter[int] = Counter()
    for name, count in status.items():
        match name.split(":"):
            case ["fresh", _, bucket]:
                counts[int(bucket)] += int(count)
    p50, p99 = quantile_ms(counts, 0.5), quantile_ms(counts, 0.99)
    return Milliseconds(*(None if value is None else round(value, 1) for value in (p50, p99)))


def text(summary: Summary) -> str:
    """The result for people."""
    fresh = summary.freshness_ms
    titles = "\n".join(f"    {n:2d}. {title}" for n, title in enumerate(summary.sample.titles, 1))
    return "\n".join(
        [
            f"sent {summary.sent}, acknowledged {summary.acknowledged}, "
            f"repeated {summary.repeated}, applied {summary.applied}, "
            f"without effect {summary.no_effect}, rejected {summary.rejected}",
            f"model v{summary.model_version}, {summary.versions_published} versions published",
            f"appended → readable: p50 {fresh.p50} ms, p99 {fresh.p99} ms",
            f"page after {summary.seconds_to_page} s, first personal list after "
            f"{summary.seconds_to_first_personal_list} s, {summary.resident_mb} MB resident",
            f"for user {summary.sample.user_id}:",
            titles,
        ]
    )

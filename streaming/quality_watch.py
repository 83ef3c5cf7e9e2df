"""Whether live lists have become worse than popularity: pure.

Counts only grow, so a window is a difference of two looks. The counts are the speed layer's, see
`speed.live_quality`.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean
from typing import NamedTuple

from redis_store.live_quality_counts import AFTER_A_MINUTE, judged_in
from redis_store.partition_position import Position

WINDOW = 1000
"""Scored likes that a ratio is taken over, at least."""
FALLEN = 0.8
"""Of the trailing mean."""
TRAILING, FEWEST = 10, 3
"""Windows that the mean is taken over, at most and at least."""


class Judged(NamedTuple):
    """First-time likes that were scored so far, and hits among them."""

    likes: int
    live: int
    popular: int

    @classmethod
    def of(cls, positions: Iterable[Position]) -> "Judged":
        """Of these partitions: likes more than a minute after the person's last rating."""
        found = judged_in(positions, AFTER_A_MINUTE)
        return cls(found["likes"], found["live"], found["popular"])


@dataclass
class QualityWatch:
    """Looks at the counts now and then.

    Attributes:
        fallen: whether live / popular of the last window was below 0.8 of its trailing mean.
    """

    fallen: bool = field(default=False, init=False)
    _since: Judged | None = field(default=None, init=False)
    _ratios: deque[float] = field(default_factory=lambda: deque(maxlen=TRAILING), init=False)

    def look(self, now: Judged) -> None:
        """Take a look; if counts have started over, so do the windows."""
        if self._since is None or now.likes < self._since.likes:
            self._since = now
        if now.likes - self._since.likes < WINDOW:
            return
        ratio = (now.live - self._since.live) / max(1, now.popular - self._since.popular)
        enough = len(self._ratios) >= FEWEST
        self.fallen = enough and ratio < FALLEN * fmean(self._ratios)
        self._ratios.append(ratio)
        self._since = now

    def answered(self) -> None:
        """A model was asked for: the next window will say whether it is needed once more."""
        self.fallen = False

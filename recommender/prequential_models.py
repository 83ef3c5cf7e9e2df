"""Models as contenders in prequential evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.prequential import Moment
from recommender.scorers import Floats, Popular, Scorer, scored


class PrequentialModel(Protocol):
    """A contender that scores every movie."""

    def scores(self, moment: Moment) -> Floats:
        """All movies' scores before the burst is known."""

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        """What was liked for the first time, after it was scored."""


@dataclass(frozen=True)
class Live:
    """Folds in everything up to the moment; item side as learned before the cut."""

    scorer: Scorer
    fallback: Popular

    def scores(self, moment: Moment) -> Floats:
        """Scores of the whole history."""
        return scored(self.scorer, self.fallback, *moment.rated)

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        """The history is enough."""


@dataclass
class LivePopular:
    """Counts every like up to the moment."""

    counts: NDArray[np.float64]

    def scores(self, moment: Moment) -> Floats:
        """All likes so far."""
        return Popular(self.counts).scores(*moment.rated)

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        """Count."""
        self.counts[liked] += 1

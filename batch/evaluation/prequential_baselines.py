"""Baselines of the prequential protocol alone: lists as of the cut, and what is liked lately."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.popularity_models import WEEK_S, last_week, popular_first
from recommender.prequential import Moment
from recommender.ratings import Histories, IndexedRatings
from recommender.scorers import Floats, Popular, Scorer, likes_of, scored


@dataclass(frozen=True)
class Frozen:
    """Knows users as they were at the cut; the others get what was popular then."""

    scorer: Scorer
    fallback: Popular
    histories: Histories
    kept: dict[int, Floats] = field(default_factory=dict)

    def scores(self, moment: Moment) -> Floats:
        """Scores of the history at the cut."""
        if moment.user not in self.kept:
            said = self.histories.of(moment.user)
            self.kept[moment.user] = scored(self.scorer, self.fallback, *said)
        return self.kept[moment.user]

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        """Nothing."""


@dataclass
class LiveWeek:
    """Counts the likes of the seven days before the moment; all likes where those are equal."""

    ever: NDArray[np.float64]
    week: NDArray[np.float64]
    recent: deque[tuple[int, int]]

    @classmethod
    def after(cls, train: IndexedRatings) -> "LiveWeek":
        """As it stands after the training side."""
        one = cls(likes_of(train), np.zeros(len(train.movie_ids)), deque())
        lately = last_week(train)
        liked = lately.where(lately.likes)
        for at_s, movie in zip(liked.at_s.tolist(), liked.movies.tolist(), strict=True):
            one._count(at_s, movie)
        return one

    def scores(self, moment: Moment) -> Floats:
        """The likes of the last seven days."""
        while self.recent and self.recent[0][0] <= moment.at_s - WEEK_S:
            self.week[self.recent.popleft()[1]] -= 1
        ranked = popular_first(self.week, self.ever)
        return ranked.scores(*moment.rated)

    def learn(self, at_s: int, liked: Sequence[int]) -> None:
        """Count."""
        self.ever[liked] += 1
        for movie in liked:
            self._count(at_s, movie)

    def _count(self, at_s: int, movie: int) -> None:
        self.recent.append((at_s, movie))
        self.week[movie] += 1

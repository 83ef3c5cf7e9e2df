"""Contenders in the walk: what each knows of a user, and of what is popular, at a moment."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import (
    WEEK_S,
    Floats,
    Places,
    Popular,
    Scorer,
    last_week,
    likes_of,
    popular_first,
)
from batch.evaluation.dataset import Ratings
from batch.evaluation.ranking import Histories, scored


class Moment(NamedTuple):
    """A user and all that the user rated before."""

    user: int
    at_s: int
    movies: Places
    half_stars: NDArray[np.uint8]


class Walker(Protocol):
    """A contender in the walk."""

    def scores(self, moment: Moment) -> Floats:
        """All movies' scores before the burst is known."""

    def learn(self, at_s: int, liked: Places) -> None:
        """What was liked for the first time, after it was scored."""


@dataclass(frozen=True)
class Live:
    """Folds in everything up to the moment; item side as learned before the cut."""

    scorer: Scorer
    fallback: Popular

    def scores(self, moment: Moment) -> Floats:
        """Scores of the whole history."""
        return scored(self.scorer, self.fallback, moment.movies, moment.half_stars)

    def learn(self, at_s: int, liked: Places) -> None:
        """The history is enough."""


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

    def learn(self, at_s: int, liked: Places) -> None:
        """Nothing."""


@dataclass
class LivePopular:
    """Counts every like up to the moment."""

    counts: NDArray[np.float64]

    def scores(self, moment: Moment) -> Floats:
        """All likes so far."""
        return Popular(self.counts).scores(moment.movies, moment.half_stars)

    def learn(self, at_s: int, liked: Places) -> None:
        """Count."""
        self.counts[liked] += 1


@dataclass
class LiveWeek:
    """Counts the likes of the seven days before the moment; all likes where those are equal."""

    ever: NDArray[np.float64]
    week: NDArray[np.float64]
    recent: deque[tuple[int, int]]

    @classmethod
    def after(cls, train: Ratings) -> "LiveWeek":
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
        return ranked.scores(moment.movies, moment.half_stars)

    def learn(self, at_s: int, liked: Places) -> None:
        """Count."""
        self.ever[liked] += 1
        for movie in liked.tolist():
            self._count(at_s, movie)

    def _count(self, at_s: int, movie: int) -> None:
        self.recent.append((at_s, movie))
        self.week[movie] += 1

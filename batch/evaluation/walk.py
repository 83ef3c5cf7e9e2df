"""The prequential walk: events in time order, each scored before it is learned.

A burst is what one user rated in one second: order inside it carries no information, so all of it
is scored against the list before it. Scored are first-time likes; what the user rated before is
masked for every contender alike.
Source: Gama, Sebastião and Rodrigues 2013, "On evaluating stream learning algorithms".
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import DAY_S, Popular, Scorer, likes_of
from batch.evaluation.dataset import Ratings
from batch.evaluation.ranking import Histories, scored
from batch.evaluation.splits import Split
from recommender.preference import LIKE_FROM

MISSED = np.iinfo(np.int32).max
"""The place of a movie that no list holds."""

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


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
        liked = train.where(train.likes & (train.at_s > train.at_s.max() - 7 * DAY_S))
        for at_s, movie in zip(liked.at_s.tolist(), liked.movies.tolist(), strict=True):
            one._count(at_s, movie)
        return one

    def scores(self, moment: Moment) -> Floats:
        """The likes of the last seven days."""
        while self.recent and self.recent[0][0] <= moment.at_s - 7 * DAY_S:
            self.week[self.recent.popleft()[1]] -= 1
        counts = self.week + self.ever * 1e-6
        return Popular(counts).scores(moment.movies, moment.half_stars)

    def learn(self, at_s: int, liked: Places) -> None:
        """Count."""
        self.ever[liked] += 1
        for movie in liked.tolist():
            self._count(at_s, movie)

    def _count(self, at_s: int, movie: int) -> None:
        self.recent.append((at_s, movie))
        self.week[movie] += 1


@dataclass(frozen=True)
class Walked:
    """Every first-time like of the walk, shape (n,).

    Attributes:
        users: whose.
        prior_likes: how many likes the user had before the burst.
        known: whether the user had rated anything before the cut.
        places: contender to the movie's place in its list, 0 for the first, or MISSED.
    """

    users: Places
    prior_likes: NDArray[np.intp]
    known: NDArray[np.bool_]
    places: dict[str, NDArray[np.int32]]


def walk(split: Split, walkers: Mapping[str, Walker]) -> Walked:
    """Go through the test side once, all contenders side by side."""
    past = {user: _begun(split.train, user) for user in np.unique(split.test.users).tolist()}
    known = {user for user, said in past.items() if said}
    rows: list[tuple[int, int, bool]] = []
    places: dict[str, list[int]] = {name: [] for name in walkers}
    for first, last in bursts(split.test):
        user, at_s = int(split.test.users[first]), int(split.test.at_s[first])
        said = past[user]
        movies, stars = split.test.movies[first:last], split.test.half_stars[first:last]
        new = [
            m
            for m, s in zip(movies.tolist(), stars.tolist(), strict=True)
            if s >= LIKE_FROM and m not in said
        ]
        if new:
            moment = _moment(user, at_s, said)
            likes = int((moment.half_stars >= LIKE_FROM).sum())
            rows += [(user, likes, user in known)] * len(new)
            for name, walker in walkers.items():
                places[name] += _places(walker.scores(moment), moment.movies, new)
            for walker in walkers.values():
                walker.learn(at_s, np.array(new, np.intp))
        said.update(zip(movies.tolist(), stars.tolist(), strict=True))
    users, likes_before, were_known = np.array(rows, np.intp).reshape(-1, 3).T
    found = {name: np.array(some, np.int32) for name, some in places.items()}
    return Walked(users, likes_before, were_known.astype(bool), found)


def bursts(ratings: Ratings) -> Iterator[tuple[int, int]]:
    """First row of each burst, and the row after its last."""
    edge = (np.diff(ratings.users) != 0) | (np.diff(ratings.at_s) != 0)
    cuts = [0, *(np.flatnonzero(edge) + 1).tolist(), len(ratings)]
    return ((a, b) for a, b in pairwise(cuts) if a < b)


def _begun(train: Ratings, user: int) -> dict[int, int]:
    mine = train.users == user
    return dict(zip(train.movies[mine].tolist(), train.half_stars[mine].tolist(), strict=True))


def _moment(user: int, at_s: int, said: Mapping[int, int]) -> Moment:
    movies = np.fromiter(said, np.intp, len(said))
    return Moment(user, at_s, movies, np.fromiter(said.values(), np.uint8, len(said)))


def _places(scores: Floats, masked: Places, wanted: list[int]) -> list[int]:
    """Each wanted movie's place; equal scores go by smaller index, as in `recommender.topn`."""
    open_scores = scores.copy()
    open_scores[masked] = -np.inf
    return [_place(open_scores, movie) for movie in wanted]


def _place(scores: Floats, movie: int) -> int:
    own = scores[movie]
    if own == -np.inf:
        return MISSED
    return int((scores > own).sum() + (scores[:movie] == own).sum())

"""Lists for held-out likes: every movie ranked, all that was rated before masked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import UNKNOWN, Popular, Scorer, likes_of
from batch.evaluation.dataset import Ratings
from batch.evaluation.splits import Split
from recommender import metrics
from recommender.kernels import NOBODY, best_of_rows

BLOCK = 256
"""Users whose scores are held at a time."""


@dataclass(frozen=True)
class Judged:
    """A contender's lists and what they are worth.

    Attributes:
        users: who has a held-out like, places, shape (n,).
        by_user: metric to values, shape (n,) each.
        overall: metrics of all lists together.
    """

    users: NDArray[np.intp]
    by_user: dict[str, NDArray[np.float64]]
    overall: dict[str, float]


@dataclass(frozen=True)
class Histories:
    """Ratings by user: `of` gives one user's movies and half-stars, in time order."""

    ratings: Ratings
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    @classmethod
    def in_(cls, ratings: Ratings) -> "Histories":
        """All histories of these ratings."""
        counts = np.bincount(ratings.users, minlength=len(ratings.user_ids))
        order = np.argsort(ratings.users, kind="stable")
        return cls(ratings, order, np.concatenate([[0], np.cumsum(counts)]))

    def of(self, user: int) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """A user's rated movies and half-stars."""
        rows = self.order[self.starts[user] : self.starts[user + 1]]
        return self.ratings.movies[rows], self.ratings.half_stars[rows]


def judge(scorer: Scorer, split: Split, k: int) -> Judged:
    """Rank every movie for everybody who has a held-out like."""
    held = split.test.where(split.test.likes)
    users = np.unique(held.users)
    lists = lists_of(scorer, split.train, users, k)
    count = len(held.movie_ids)
    place = np.searchsorted(users, held.users)
    found, judged = metrics.hits(lists, place, held.movies, count)
    by_user = {name: measure(found) for name, measure in metrics.PER_USER.items()}
    raters = np.bincount(split.train.movies, minlength=count)
    people = len(np.unique(split.train.users))
    overall = {
        "coverage": metrics.coverage(lists, count),
        "novelty": metrics.novelty(lists, raters, people),
        "gini": metrics.gini(lists, count),
    }
    return Judged(users[judged], by_user, overall)


def lists_of(scorer: Scorer, train: Ratings, users: NDArray[np.intp], k: int) -> NDArray[np.int32]:
    """The best open movies of these users, shape (users, k), NOBODY where there are fewer."""
    histories, fallback = Histories.in_(train), Popular(likes_of(train))
    made = [np.empty((0, k), np.int32)]
    for first in range(0, len(users), BLOCK):
        said = [histories.of(int(user)) for user in users[first : first + BLOCK]]
        scores = np.stack([scored(scorer, fallback, *one) for one in said])
        found = np.empty((len(said), k), np.int32)
        values = np.empty((len(said), k), np.float32)
        masked = np.concatenate([movies for movies, _ in said]).astype(np.int32)
        starts = np.cumsum([0, *(len(movies) for movies, _ in said)])
        best_of_rows(scores, starts, masked, found, values)
        made.append(np.where(values > UNKNOWN, found, NOBODY))
    return np.vstack(made)


def scored(
    scorer: Scorer, fallback: Popular, movies: NDArray[np.intp], half_stars: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Scores for a history; what is popular for one that says nothing."""
    found = scorer.scores(movies, half_stars)
    return fallback.scores(movies, half_stars) if found is None else found

"""Ranking for held-out likes: every movie ranked, movies rated before masked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender import metrics
from recommender.numba_kernels import NOBODY, best_of_rows
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import UNKNOWN, Popular, Scorer, likes_of, scored

BLOCK = 256
"""Users whose scores are held at a time."""


@dataclass(frozen=True)
class Judged:
    """A contender's lists and what they are worth.

    Attributes:
        users: who has a held-out like, indices, shape (n,).
        by_user: metric to values, shape (n,) each.
        overall: metrics of all lists together.
    """

    users: NDArray[np.intp]
    by_user: dict[str, NDArray[np.float64]]
    overall: dict[str, float]


def judge(scorer: Scorer, split: Split, k: int) -> Judged:
    """Rank every movie for everybody who has a held-out like."""
    held = split.test.where(split.test.likes)
    users = np.unique(held.users)
    lists = lists_of(scorer, split.train, users, k)
    count = len(held.movie_ids)
    user_rows = np.searchsorted(users, held.users)
    found, judged = metrics.hits(lists, user_rows, held.movies, count)
    by_user = {name: measure(found) for name, measure in metrics.PER_USER.items()}
    raters = np.bincount(split.train.movies, minlength=count)
    people = len(np.unique(split.train.users))
    overall = {
        "coverage": metrics.coverage(lists, count),
        "novelty": metrics.novelty(lists, raters, people),
        "gini": metrics.gini(lists, count),
    }
    return Judged(users[judged], by_user, overall)


def lists_of(
    scorer: Scorer, train: IndexedRatings, users: NDArray[np.intp], k: int
) -> NDArray[np.int32]:
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

"""Ranking for held-out likes: every movie ranked, movies rated before masked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.errors import NothingToJudge
from recommender import metrics
from recommender.numba_kernels import NOBODY, best_of_rows
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import UNKNOWN, HalfStars, Indices, Popular, Scorer, likes_of, scored

BLOCK = 256
"""Lists whose scores are held at a time."""


class Case(NamedTuple):
    """A list that is judged.

    Attributes:
        user: whose, as an index.
        movies: that the person had rated, shape (n,): none of them is in the list.
        half_stars: that they got, shape (n,).
        likes: movies that the person turned out to like, each once; at least one.
    """

    user: int
    movies: Indices
    half_stars: HalfStars
    likes: Indices


@dataclass(frozen=True)
class Judged:
    """A contender's lists and what they are worth.

    Attributes:
        users: whose each list is, indices, shape (cases,).
        by_case: metric to values, shape (cases,) each.
        overall: metrics of all lists together.
    """

    users: NDArray[np.intp]
    by_case: dict[str, NDArray[np.float64]]
    overall: dict[str, float]


def cases_of(split: Split) -> Iterator[Case]:
    """One for everybody who has a held-out like, by what each had rated before."""
    before, held = Histories.in_(split.train), split.test.where(split.test.likes)
    liked = Histories.in_(held)
    for user in np.unique(held.users).tolist():
        yield Case(user, *before.of(user), np.unique(liked.of(user)[0]))


def judge(scorer: Scorer, split: Split, k: int) -> Judged:
    """Rank every movie for everybody who has a held-out like."""
    return judge_cases(scorer, split.train, list(cases_of(split)), k)


def judge_cases(scorer: Scorer, train: IndexedRatings, cases: Sequence[Case], k: int) -> Judged:
    """Rank every movie for each case; `train` is what the scorer learned from.

    Raises:
        NothingToJudge: without a case.
    """
    if not cases:
        raise NothingToJudge(f"no likes to evaluate on beside {len(train)} ratings")
    likes = likes_of(train)
    lists = lists_of(scorer, [(one.movies, one.half_stars) for one in cases], Popular(likes), k)
    rows = np.repeat(np.arange(len(cases)), [len(one.likes) for one in cases])
    held = np.concatenate([one.likes for one in cases])
    found, _ = metrics.hits(lists, rows, held, np.ones(len(likes)))
    stratified, _ = metrics.hits(lists, rows, held, metrics.stratified_worth(likes))
    plain = {name: measure(found) for name, measure in metrics.PER_USER.items()}
    by_worth = {
        f"{name}_stratified": measure(stratified) for name, measure in metrics.STRATIFIED.items()
    }
    users = np.array([one.user for one in cases], np.intp)
    return Judged(users, plain | by_worth, _overall(lists, train))


def lists_of(
    scorer: Scorer, histories: Sequence[tuple[Indices, HalfStars]], fallback: Popular, k: int
) -> NDArray[np.int32]:
    """The best open movies for these histories, (histories, k), NOBODY where there are fewer."""
    made = [np.empty((0, k), np.int32)]
    for first in range(0, len(histories), BLOCK):
        said = histories[first : first + BLOCK]
        scores = np.stack([scored(scorer, fallback, *one) for one in said])
        found = np.empty((len(said), k), np.int32)
        values = np.empty((len(said), k), np.float32)
        masked = np.concatenate([movies for movies, _ in said]).astype(np.int32)
        starts = np.cumsum([0, *(len(movies) for movies, _ in said)])
        best_of_rows(scores, starts, masked, found, values)
        made.append(np.where(values > UNKNOWN, found, NOBODY))
    return np.vstack(made)


def _overall(lists: NDArray[np.int32], train: IndexedRatings) -> dict[str, float]:
    count = len(train.movie_ids)
    raters = np.bincount(train.movies, minlength=count)
    return {
        "coverage": metrics.coverage(lists, count),
        "novelty": metrics.novelty(lists, raters, len(np.unique(train.users))),
        "gini": metrics.gini(lists, count),
    }

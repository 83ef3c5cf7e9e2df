"""Quality metrics of lists and predicted stars: arrays in, numbers out.

Definitions are those of trec_eval, which `ir-measures` wraps: the ideal list holds as many likes as
fit into it, average precision is over all likes of the user. A like gains 1, or, in the stratified
metrics, the less the more people like the movie.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


STRATIFIED_EXPONENT = 0.5
"""A held-out like of a movie with n likes is worth (n + 1) to the minus this: Steck 2011."""


class Hits(NamedTuple):
    """Which ranks of users' lists hold a held-out like, and what that is worth.

    Attributes:
        at: bool (users, k), best rank first.
        likes: int (users,), at least 1 each: users without a held-out like are left out.
        gained: float64 (users, k), what the like at a rank is worth, 0 where there is none.
        best: float64 (users, k), the worthiest held-out likes, in falling order, 0 beyond them.
        total: float64 (users,), what all held-out likes are worth.
    """

    at: NDArray[np.bool_]
    likes: NDArray[np.intp]
    gained: Values
    best: Values
    total: Values


def hits(
    lists: NDArray[np.int32], users: NDArray[np.intp], movies: NDArray[np.intp], worth: Values
) -> tuple[Hits, NDArray[np.intp]]:
    """Compare lists with held-out likes.

    Args:
        lists: movies by user, shape (all users, k), -1 where a list is shorter.
        users: user of each held-out like, shape (n,).
        movies: its movie, shape (n,); one that no list can hold is a miss.
        worth: what a like of each movie is worth, shape (all movies,), above 0: ones for the plain
            metrics, `stratified_worth` for the stratified ones.

    Returns:
        The hits, and which users they are of.
    """
    k = lists.shape[1]
    likes = np.bincount(users, minlength=len(lists))
    judged = np.flatnonzero(likes)
    pair = lists[judged].astype(np.int64) + judged[:, None] * len(worth)
    at = np.isin(pair, users.astype(np.int64) * len(worth) + movies) & (lists[judged] >= 0)
    order = np.lexsort((-worth[movies], users))
    first = np.cumsum(likes) - likes
    rank = np.arange(len(users)) - first[users[order]]
    best = np.zeros((len(lists), k))
    within = rank < k
    best[users[order][within], rank[within]] = worth[movies[order][within]]
    total = np.bincount(users, worth[movies], len(lists)).astype(np.float64)
    gained = np.where(at, worth[lists[judged]], 0.0)
    return Hits(at, likes[judged], gained, best[judged], total[judged]), judged


def stratified_worth(likes: Values) -> Values:
    """What a like of each movie is worth if what everybody likes anyway is to count for little.

    Source: Steck 2011, "Item popularity and recommendation accuracy". Shape (movies,) to the same.
    """
    worth: Values = (likes + 1) ** -STRATIFIED_EXPONENT
    return worth


def ndcg(found: Hits) -> Values:
    """Normalised discounted cumulative gain of each user, shape (users,)."""
    discounts = 1 / np.log2(np.arange(2, found.at.shape[1] + 2))
    normalised: Values = found.gained @ discounts / (found.best @ discounts)
    return normalised


def recall(found: Hits) -> Values:
    """Share of each user's likes, by what they are worth, that the list holds."""
    share: Values = found.gained.sum(1) / found.total
    return share


def precision(found: Hits) -> Values:
    """Share of each list that is a like."""
    share: Values = found.at.sum(1) / found.at.shape[1]
    return share


def average_precision(found: Hits) -> Values:
    """Precision at each hit's rank, over all likes of the user; its mean is MAP."""
    ranks = np.arange(1, found.at.shape[1] + 1)
    mean: Values = (np.cumsum(found.at, 1) / ranks * found.at).sum(1) / found.likes
    return mean


def reciprocal_rank(found: Hits) -> Values:
    """1 over the rank of each user's first hit, 0 without one; its mean is MRR."""
    first = found.at.argmax(1)
    rank: Values = found.at.any(1) / (first + 1)
    return rank


def hit_rate(found: Hits) -> Values:
    """The worthiest hit of each user over the worthiest like: 1 for any hit if all are alike."""
    share: Values = found.gained.max(1) / found.best[:, 0]
    return share


PER_USER = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit_rate": hit_rate,
}
"""What is measured for each user of a list."""
STRATIFIED = {"ndcg": ndcg, "recall": recall, "hit_rate": hit_rate}
"""What is measured once more with `stratified_worth`."""


def coverage(lists: NDArray[np.int32], movies: int) -> float:
    """Share of all movies that are in anybody's list."""
    return len(np.unique(lists[lists >= 0])) / movies


def novelty(lists: NDArray[np.int32], raters: NDArray[np.intp], users: int) -> float:
    """Mean self-information of a listed movie, in bits: 1 for one that half of all users rated.

    Source: Vargas and Castells 2011. A movie that nobody rated counts as rated by one.
    """
    listed = lists[lists >= 0]
    return float(-np.log2(np.maximum(raters[listed], 1) / users).mean()) if len(listed) else 0.0


def gini(lists: NDArray[np.int32], movies: int) -> float:
    """How unequally movies are listed: 0 if all are equally often, near 1 if only a few are."""
    often = np.sort(np.bincount(lists[lists >= 0], minlength=movies))
    total = often.sum()
    ranks = np.arange(1, movies + 1)
    return float((2 * ranks - movies - 1) @ often / (movies * total)) if total else 0.0


def rmse(predicted: Values, given: Values) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((predicted - given) ** 2)))


def mae(predicted: Values, given: Values) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(predicted - given)))

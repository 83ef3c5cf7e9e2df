"""Quality metrics of lists and predicted stars: arrays in, numbers out.

Definitions are those of trec_eval, which `ir-measures` wraps: binary gain, the ideal list holds as
many likes as fit into it, average precision is over all likes of the user.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Hits(NamedTuple):
    """Which ranks of users' lists hold a held-out like, and how many likes each user has.

    Attributes:
        at: bool (users, k), best rank first.
        likes: int (users,), at least 1 each: users without a held-out like are left out.
    """

    at: NDArray[np.bool_]
    likes: NDArray[np.intp]


def hits(
    lists: NDArray[np.int32], users: NDArray[np.intp], movies: NDArray[np.intp], count: int
) -> tuple[Hits, NDArray[np.intp]]:
    """Compare lists with held-out likes.

    Args:
        lists: movies by user, shape (all users, k), -1 where a list is shorter.
        users: user of each held-out like, shape (n,).
        movies: its movie, shape (n,); one that no list can hold is a miss.
        count: how many movies there are.

    Returns:
        The hits, and which users they are of.
    """
    likes = np.bincount(users, minlength=len(lists))
    judged = np.flatnonzero(likes)
    pair = lists[judged].astype(np.int64) + judged[:, None] * count
    at = np.isin(pair, users.astype(np.int64) * count + movies) & (lists[judged] >= 0)
    return Hits(at, likes[judged]), judged


def ndcg(found: Hits) -> Values:
    """Normalised discounted cumulative gain of each user, shape (users,)."""
    k = found.at.shape[1]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal: Values = np.cumsum(discounts)[np.minimum(found.likes, k) - 1]
    gained: Values = found.at @ discounts / ideal
    return gained


def recall(found: Hits) -> Values:
    """Share of each user's likes that the list holds."""
    share: Values = found.at.sum(1) / found.likes
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
    rank: Values = hit_rate(found) / (first + 1)
    return rank


def hit_rate(found: Hits) -> Values:
    """1 for each user whose list holds a like, else 0."""
    any_hit: Values = (found.at.sum(1) > 0).astype(np.float64)
    return any_hit


PER_USER = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit_rate": hit_rate,
}
"""What is measured for each user of a list."""


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

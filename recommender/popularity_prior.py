"""Popularity as a part of a score: what many liked lately."""

import numpy as np
from numpy.typing import NDArray

SOME, MANY = 5, 20
"""Likes from which a user has some, and many: each group has its own weight."""
DAY_MS = 86_400_000


def prior(
    movies: NDArray[np.intp],
    liked_at_ms: NDArray[np.int64],
    weights: NDArray[np.float64],
    until_ms: int,
    half_life_days: float,
    count: int,
) -> NDArray[np.float32]:
    """log(1 + decayed likes) of each movie, shape (count,).

    Args:
        movies: the movie of each like, shape (n,).
        liked_at_ms: when, shape (n,).
        weights: what its user counts for, shape (n,).
        until_ms: from when back likes decay.
        half_life_days: after which a like counts half.
        count: how many movies there are.
    """
    age_days = (until_ms - liked_at_ms) / DAY_MS
    decayed = np.bincount(movies, weights * 0.5 ** (age_days / half_life_days), count)
    return np.log1p(decayed).astype(np.float32)


def weight(likes: int, weights: tuple[float, float, float]) -> float:
    """The prior's weight for a user with so many likes."""
    few, some, many = weights
    return many if likes >= MANY else some if likes >= SOME else few

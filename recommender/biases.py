"""Damped biases: how far movies and users lie from the mean."""

import numpy as np
from numpy.typing import NDArray

from recommender.ratings import Pairs

ROUNDS = 5
"""In turns, movies' and users' biases settle to the fourth digit."""

Values = NDArray[np.float64]
Indices = NDArray[np.intp]


def damped_biases(
    groups: Indices, values: Values, weights: Values, count: int, damping: float
) -> Values:
    """Per group, the weighted sum of its values over the sum of its weights plus `damping`.

    Damping pulls the bias of a small group towards 0 (Koren, Bell and Volinsky 2009). Shape (n,)
    groups, values and weights to shape (count,).
    """
    return np.bincount(groups, weights * values, count) / (
        np.bincount(groups, weights, count) + damping
    )


def joint_biases(
    pairs: Pairs, deviation: Values, damping: tuple[float, float]
) -> tuple[Values, Values]:
    """Biases of users and of movies, each with the other's taken into account.

    Args:
        pairs: the ratings' users and movies.
        deviation: how far each rating lies from the mean, shape (n,).
        damping: of users and of movies.
    """
    users, movies, shape, _ = pairs
    of_users, of_movies = np.zeros(shape[0]), np.zeros(shape[1])
    weights, alike = pairs.counted, np.ones(len(deviation))
    for _ in range(ROUNDS):
        left = deviation - of_users[users]
        of_movies = damped_biases(movies, left, weights, shape[1], damping[1])
        left = deviation - of_movies[movies]
        of_users = damped_biases(users, left, alike, shape[0], damping[0])
    return of_users, of_movies

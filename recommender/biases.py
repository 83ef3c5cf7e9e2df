"""Damped biases: how far movies and users lie from the mean."""

import numpy as np
from numpy.typing import NDArray

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
    users: Indices,
    movies: Indices,
    deviation: Values,
    weights: Values,
    shape: tuple[int, int],
    damping: tuple[float, float],
) -> tuple[Values, Values]:
    """Biases of users and of movies, each with the other's taken into account.

    Args:
        users: whose each rating is, shape (n,).
        movies: of which, shape (n,).
        deviation: how far it lies from the mean, shape (n,).
        weights: what its user counts for in the movies' biases, shape (n,).
        shape: how many users and movies there are.
        damping: of users and of movies.
    """
    of_users = np.zeros(shape[0])
    of_movies = np.zeros(shape[1])
    alike = np.ones(len(deviation))
    for _ in range(ROUNDS):
        left = deviation - of_users[users]
        of_movies = damped_biases(movies, left, weights, shape[1], damping[1])
        left = deviation - of_movies[movies]
        of_users = damped_biases(users, left, alike, shape[0], damping[0])
    return of_users, of_movies

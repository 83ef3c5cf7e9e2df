"""Small data sets, told row by row or drawn from a seed."""

import numpy as np

from batch.evaluation.dataset import of
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings, Split

SMALL = Parameters(rank=4, base_likes=1, iterations=6)
"""Of a model for one of them."""

Row = tuple[int, int, float, int]
"""User, movie, stars, second."""


def ratings_of(*rows: Row) -> IndexedRatings:
    """These ratings."""
    users, movies, stars, at_s = (np.array(column) for column in zip(*rows, strict=True))
    half_stars = np.rint(stars * 2).astype(np.uint8)
    return of(users.astype(np.int32), movies.astype(np.int32), half_stars, at_s.astype(np.int64))


def drawn(users: int = 40, movies: int = 60, seed: int = 1) -> IndexedRatings:
    """Two tastes: everybody likes most of one half of the movies, and little of the other."""
    random = np.random.default_rng(seed)
    rows = [
        (
            user,
            movie,
            5.0 if (user % 2 == movie % 2) == (random.random() < 0.9) else 2.0,
            int(random.integers(1_000_000)),
        )
        for user in range(1, users + 1)
        for movie in random.choice(movies, movies // 2, replace=False).tolist()
    ]
    return ratings_of(*[(u, m + 1, s, at) for u, m, s, at in rows])


def split_of(train: list[Row], test: list[Row]) -> Split:
    """These ratings, of which the second ones are held out; all of them are later."""
    whole = ratings_of(*train, *test)
    held = whole.at_s >= min(row[3] for row in test)
    return Split(whole.where(~held), whole.where(held))

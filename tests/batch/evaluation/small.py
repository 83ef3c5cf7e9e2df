"""Small data sets, told row by row or drawn from a seed."""

import numpy as np

from batch.evaluation.dataset import Ratings, of


def told(*rows: tuple[int, int, float, int]) -> Ratings:
    """Ratings as (user, movie, stars, second)."""
    users, movies, stars, at_s = (np.array(column) for column in zip(*rows, strict=True))
    half_stars = np.rint(stars * 2).astype(np.uint8)
    return of(users.astype(np.int32), movies.astype(np.int32), half_stars, at_s.astype(np.int64))


def drawn(users: int = 40, movies: int = 60, seed: int = 1) -> Ratings:
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
    return told(*[(u, m + 1, s, at) for u, m, s, at in rows])

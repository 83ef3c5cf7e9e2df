"""A data set's ratings as arrays, in time order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batch.training import Rated
from contracts.clock import now_ms
from contracts.movielens.layouts import open_release
from contracts.movielens.ordering import in_time_order
from contracts.movielens.rows import latest_second
from recommender.histories import latest
from recommender.preference import LIKE_FROM

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ratings:
    """Ratings, the oldest first, those of one second by user and movie.

    Attributes:
        user_ids: int32 (users,), ascending ids; `users` are places in it.
        movie_ids: int32 (movies,), likewise.
        users: intp (n,).
        movies: intp (n,).
        half_stars: uint8 (n,).
        at_s: int64 (n,).
    """

    user_ids: NDArray[np.int32]
    movie_ids: NDArray[np.int32]
    users: NDArray[np.intp]
    movies: NDArray[np.intp]
    half_stars: NDArray[np.uint8]
    at_s: NDArray[np.int64]

    def __len__(self) -> int:
        """How many ratings."""
        return len(self.users)

    @property
    def likes(self) -> Mask:
        """Which of them are likes."""
        return self.half_stars >= LIKE_FROM

    def where(self, rows: Mask | slice) -> "Ratings":
        """Some of them; users and movies keep their places."""
        return Ratings(
            self.user_ids,
            self.movie_ids,
            self.users[rows],
            self.movies[rows],
            self.half_stars[rows],
            self.at_s[rows],
        )

    def rated(self) -> Rated:
        """As training takes them: of a pair that was rated twice, the later one."""
        users, movies = self.user_ids[self.users], self.movie_ids[self.movies]
        rows = latest(users, movies, self.at_s, np.arange(len(self)))
        return Rated(users[rows], movies[rows], self.half_stars[rows], self.at_s[rows] * 1000)


def load(folder: Path) -> Ratings:
    """The ratings of a MovieLens release.

    Raises:
        NoData: if none lies there.
        NotMovieLens: if it is none.
        TooManyRejects: if a line of it is no rating.
    """
    with in_time_order(open_release(folder), latest_second(now_ms())) as ordered:
        batches = list(ordered.between(0, len(ordered)))
    columns = ("user_id", "movie_id", "half_stars", "rated_at_s")
    return of(*(np.concatenate([getattr(one, name) for one in batches]) for name in columns))


def of(
    user_id: NDArray[np.int32],
    movie_id: NDArray[np.int32],
    half_stars: NDArray[np.uint8],
    at_s: NDArray[np.int64],
) -> Ratings:
    """Ratings of these columns, shape (n,) each, in any order."""
    order = np.lexsort((movie_id, user_id, at_s))
    user_ids, users = np.unique(user_id[order], return_inverse=True)
    movie_ids, movies = np.unique(movie_id[order], return_inverse=True)
    return Ratings(user_ids, movie_ids, users, movies, half_stars[order], at_s[order])

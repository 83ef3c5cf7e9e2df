"""Ratings as columns: by id as training takes them, by index as evaluators do."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.history_merge import latest
from recommender.preference import LIKE_FROM

Mask = NDArray[np.bool_]


class Ratings(NamedTuple):
    """Ratings that stand, one a pair: whose, of what, how many half-stars, when; shape (n,)."""

    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.uint8]
    rated_at_ms: NDArray[np.int64]

    def where(self, rows: NDArray[np.intp] | slice) -> "Ratings":
        """Some of them."""
        return Ratings._make(column[rows] for column in self)


def drawn(counts: NDArray[np.intp], enough: int, seed: int) -> NDArray[np.intp]:
    """Indices of users, drawn until they have so many between them; nobody without any.

    Args:
        counts: how many each user has, shape (users,).
        enough: how many are enough.
        seed: of the draw.
    """
    order: NDArray[np.intp] = np.random.default_rng(seed).permutation(np.flatnonzero(counts))
    before = np.cumsum(counts[order]) - counts[order]
    return order[before < enough]


@dataclass(frozen=True)
class IndexedRatings:
    """Ratings, the oldest first, those of one second by user and movie.

    Attributes:
        user_ids: int32 (users,), ascending ids; `users` are indices into it.
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

    @classmethod
    def of(cls, rated: "Ratings", movie_ids: NDArray[np.int32] | None = None) -> "IndexedRatings":
        """Ratings in any order.

        Args:
            rated: the ratings.
            movie_ids: ascending ids that theirs are among; just theirs if not given.
        """
        at_s = rated.rated_at_ms // 1000
        order = np.lexsort((rated.movie_id, rated.user_id, at_s))
        user_ids, users = np.unique(rated.user_id[order], return_inverse=True)
        if movie_ids is None:
            movie_ids = np.unique(rated.movie_id)
        movies = np.searchsorted(movie_ids, rated.movie_id[order])
        return cls(user_ids, movie_ids, users, movies, rated.half_stars[order], at_s[order])

    def __len__(self) -> int:
        """How many ratings."""
        return len(self.users)

    @property
    def likes(self) -> Mask:
        """Which of them are likes."""
        return self.half_stars >= LIKE_FROM

    def where(self, rows: Mask | slice) -> "IndexedRatings":
        """Some of them; users and movies keep their indices."""
        return IndexedRatings(
            self.user_ids,
            self.movie_ids,
            self.users[rows],
            self.movies[rows],
            self.half_stars[rows],
            self.at_s[rows],
        )

    def rated(self) -> Ratings:
        """As training takes them: of a pair that was rated twice, the later one."""
        users, movies = self.user_ids[self.users], self.movie_ids[self.movies]
        rows = latest(users, movies, self.at_s, np.arange(len(self)))
        return Ratings(users[rows], movies[rows], self.half_stars[rows], self.at_s[rows] * 1000)


class Pairs(NamedTuple):
    """Ratings as ALS takes them: users and movies by row.

    Attributes:
        users: row of each rating's user, shape (n,).
        movies: row of each rating's movie, shape (n,).
        shape: how many users and movies there are.
        weights: what each user counts for in the movies' vectors, shape (users,).
    """

    users: NDArray[np.intp]
    movies: NDArray[np.intp]
    shape: tuple[int, int]
    weights: NDArray[np.float32]

    @classmethod
    def alike(
        cls, users: NDArray[np.intp], movies: NDArray[np.intp], shape: tuple[int, int]
    ) -> "Pairs":
        """Each user counts for one."""
        return cls(users, movies, shape, np.ones(shape[0], np.float32))

    @property
    def counted(self) -> NDArray[np.float64]:
        """What each rating's user counts for, shape (n,)."""
        return self.weights[self.users].astype(np.float64)

    def where(self, rows: Mask | NDArray[np.intp] | slice) -> "Pairs":
        """Some of them; there are as many users and movies."""
        return self._replace(users=self.users[rows], movies=self.movies[rows])


class Split(NamedTuple):
    """Two disjoint parts of a data set."""

    train: IndexedRatings
    test: IndexedRatings


@dataclass(frozen=True)
class Histories:
    """Ratings by user: `of` gives one user's movies and half-stars, in time order."""

    ratings: IndexedRatings
    order: NDArray[np.intp]
    starts: NDArray[np.intp]

    @classmethod
    def in_(cls, ratings: IndexedRatings) -> "Histories":
        """All histories of these ratings."""
        counts = np.bincount(ratings.users, minlength=len(ratings.user_ids))
        order = np.argsort(ratings.users, kind="stable")
        return cls(ratings, order, np.concatenate([[0], np.cumsum(counts)]))

    def of(self, user: int) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """A user's rated movies and half-stars."""
        rows = self.order[self.starts[user] : self.starts[user + 1]]
        return self.ratings.movies[rows], self.ratings.half_stars[rows]

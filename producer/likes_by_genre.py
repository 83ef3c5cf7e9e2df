"""Who likes what: counted block by block, so that no release is too large."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from movielens.movies import MovieRow
from movielens.rating_blocks import Ratings
from recommender.preference import LIKE_FROM

MOST_GENRES = 32
"""Genres that are counted, the most frequent; the releases have 20."""
_BEYOND = np.iinfo(np.int64).max


class LikesByGenre:
    """Counts of ratings and likes.

    Memory is that of the movies and of the users, whatever the number of ratings.

    Attributes:
        genres: in alphabetical order.
    """

    def __init__(self, movies: Sequence[MovieRow]) -> None:
        """Nothing is counted yet; ratings of other movies are, but not as likes."""
        frequent = Counter(genre for movie in movies for genre in movie.genres)
        self.genres = sorted(genre for genre, _ in frequent.most_common(MOST_GENRES))
        ordered = sorted(movies, key=lambda movie: movie.movie_id)
        self._ids = np.array([*(movie.movie_id for movie in ordered), _BEYOND], np.int64)
        self._of_genre = np.zeros((len(ordered) + 1, 1 + len(self.genres)), np.bool_)
        for row, movie in enumerate(ordered):
            self._of_genre[row, 1:] = [genre in movie.genres for genre in self.genres]
        self._of_genre[:, 0] = self._of_genre.any(axis=1)
        self._likes = np.zeros(len(self._ids), np.int64)
        self._users: dict[int, int] = {}
        self._ratings = np.zeros(0, np.int32)
        self._liked = np.zeros((0, 1 + len(self.genres)), np.int32)

    @property
    def user_id(self) -> NDArray[np.int64]:
        """Whom the counts are of; shape (users,)."""
        return np.fromiter(self._users, np.int64, len(self._users))

    @property
    def ratings(self) -> NDArray[np.int32]:
        """How much each has rated; shape (users,)."""
        return self._ratings[: len(self._users)]

    @property
    def liked(self) -> NDArray[np.int32]:
        """How many movies of any genre each likes; shape (users,)."""
        return self._liked[: len(self._users), 0]

    @property
    def liked_by_genre(self) -> NDArray[np.int32]:
        """How many of each genre; shape (users, genres)."""
        return self._liked[: len(self._users), 1:]

    def likes(self) -> dict[int, int]:
        """How many like each movie."""
        return dict(zip(self._ids[:-1].tolist(), self._likes[:-1].tolist(), strict=True))

    def add(self, ratings: Ratings) -> None:
        """Count some ratings."""
        users, user = np.unique(ratings.user_id, return_inverse=True)
        rows = self._rows(users)
        self._ratings[rows] += np.bincount(user, minlength=len(rows)).astype(np.int32)
        likes = ratings.half_stars >= LIKE_FROM
        movie = self._rows_of_movies(ratings.movie_id[likes])
        self._likes += np.bincount(movie, minlength=len(self._likes))
        like, genre = np.nonzero(self._of_genre[movie])
        width = self._liked.shape[1]
        counts = np.bincount(user[likes][like] * width + genre, minlength=len(rows) * width)
        self._liked[rows] += counts.reshape(-1, width).astype(np.int32)

    def _rows_of_movies(self, movie_id: NDArray[np.int32]) -> NDArray[np.int64]:
        """Where each movie is in the counts; those that are not are in the last row."""
        row = np.searchsorted(self._ids, movie_id)
        return np.where(self._ids[row] == movie_id, row, len(self._ids) - 1)

    def _rows(self, users: NDArray[np.int32]) -> NDArray[np.int64]:
        """Where each user is in the counts, which are made longer where they must be."""
        known = self._users
        rows = np.array([known.setdefault(user, len(known)) for user in users.tolist()], np.int64)
        if len(known) > len(self._ratings):
            self._ratings = _longer(self._ratings, 2 * len(known))
            self._liked = _longer(self._liked, 2 * len(known))
        return rows


def _longer(counts: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    added = np.zeros((length - len(counts), *counts.shape[1:]), np.int32)
    return np.concatenate((counts, added))

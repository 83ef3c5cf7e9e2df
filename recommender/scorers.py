"""Scores of every movie for anybody's history: by factors, or by what is popular."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model
from recommender.fold_in import Folder
from recommender.ratings import IndexedRatings
from recommender.recency_weights import counted

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
HalfStars = NDArray[np.uint8]
UNKNOWN = np.float32(-np.inf)
"""The score of a movie that a contender has never seen: no list holds it."""


class Scorer(Protocol):
    """What has learned."""

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """All movies' scores for a history, shape (all movies,); None if it says nothing.

        Args:
            movies: indices of the rated movies in the data set, shape (n,).
            half_stars: their ratings, shape (n,).
        """


@dataclass(frozen=True)
class Popular:
    """The same for everybody: movies by what these counts say."""

    counts: NDArray[np.float64]

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats:
        """The counts; no history changes them."""
        return np.where(self.counts > 0, self.counts, UNKNOWN).astype(np.float32)


def likes_of(ratings: IndexedRatings) -> NDArray[np.float64]:
    """How many likes each movie has, shape (all movies,)."""
    liked = ratings.movies[ratings.likes]
    return np.bincount(liked, minlength=len(ratings.movie_ids)).astype(np.float64)


class Factored:
    """What batch trains and the speed layer folds into, by the very same code."""

    def __init__(self, model: Model, movie_ids: NDArray[np.int32]) -> None:
        """Score the movies of these ids, ascending; the model's are among them."""
        self.folder = Folder(model)
        self.known = np.searchsorted(movie_ids, model.movies)
        self.row = np.full(len(movie_ids), -1)
        self.row[self.known] = np.arange(len(self.known))

    def rows(self, movies: Indices, half_stars: HalfStars) -> tuple[Indices, HalfStars]:
        """A history as the model's rows; what it does not know is left out."""
        rows = self.row[movies]
        return rows[rows >= 0], half_stars[rows >= 0]

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """Scores of the folded-in history."""
        return self._spread(self.folder.scores(*self.rows(movies, half_stars)))

    def focused(
        self, movies: Indices, half_stars: HalfStars, rated_at_ms: NDArray[np.int64], focus: float
    ) -> Floats | None:
        """Scores of a history whose latest likes count for more, shape (all movies,)."""
        known = self.row[movies] >= 0
        rows, given = self.rows(movies, half_stars)
        return self._spread(
            self.folder.scores(rows, given, counted(given, rated_at_ms[known], focus))
        )

    def stars(self, movies: Indices, half_stars: HalfStars, wanted: Indices) -> NDArray[np.float64]:
        """Predicted half-stars from 1 to 10; of a movie that it never saw, mean and user's bias."""
        rows, given = self.rows(movies, half_stars)
        at = self.row[wanted]
        predicted = np.full(len(wanted), self.folder.user_mean(rows, given))
        predicted[at >= 0] = self.folder.half_stars(rows, given, at[at >= 0])
        clipped: NDArray[np.float64] = np.clip(predicted, 1, 10)
        return clipped

    def _spread(self, found: Floats | None) -> Floats | None:
        if found is None:
            return None
        everything = np.full(len(self.row), UNKNOWN)
        everything[self.known] = found
        return everything


def scored(
    scorer: Scorer, fallback: Popular, movies: NDArray[np.intp], half_stars: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Scores for a history; what is popular for one that says nothing."""
    found = scorer.scores(movies, half_stars)
    return fallback.scores(movies, half_stars) if found is None else found

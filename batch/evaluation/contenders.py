"""Who is compared: each learns from ratings, then scores every movie for anybody's history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.dataset import Ratings
from batch.training import Engine, train
from contracts.artefact import Model, Parameters
from recommender.folding import Folder
from recommender.preference import LIKE_FROM

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
HalfStars = NDArray[np.uint8]
UNKNOWN = np.float32(-np.inf)
"""The score of a movie that a contender has never seen: no list holds it."""


class Scorer(Protocol):
    """What has learned."""

    def scores(self, movies: Places, half_stars: HalfStars) -> Floats | None:
        """All movies' scores for a history, shape (all movies,); None if it says nothing.

        Args:
            movies: places of the rated movies in the data set, shape (n,).
            half_stars: their ratings, shape (n,).
        """


Contender = Callable[[Ratings], Scorer]
"""Learns from the training side."""


@dataclass(frozen=True)
class Popular:
    """The same for everybody: movies by what these counts say."""

    counts: NDArray[np.float64]

    def scores(self, movies: Places, half_stars: HalfStars) -> Floats:
        """The counts; no history changes them."""
        return np.where(self.counts > 0, self.counts, UNKNOWN).astype(np.float32)


def likes_of(ratings: Ratings) -> NDArray[np.float64]:
    """How many likes each movie has, shape (all movies,)."""
    liked = ratings.movies[ratings.likes]
    return np.bincount(liked, minlength=len(ratings.movie_ids)).astype(np.float64)


def popular(train: Ratings) -> Scorer:
    """All likes ever."""
    return Popular(likes_of(train))


WEEK_S = 7 * 86_400


def popular_lately(train: Ratings) -> Scorer:
    """The likes of the training side's last seven days; of all days where those are equal."""
    return popular_first(likes_of(last_week(train)), likes_of(train))


def last_week(train: Ratings) -> Ratings:
    """The training side's last seven days."""
    return train.where(train.at_s > train.at_s.max() - WEEK_S)


def popular_first(lately: NDArray[np.float64], ever: NDArray[np.float64]) -> Popular:
    """Movies by what was liked lately, those that are equal by what ever was."""
    return Popular(lately + ever * 1e-6)


class Factored:
    """What batch trains and the speed layer folds into, by the very same code."""

    def __init__(self, model: Model, movie_ids: NDArray[np.int32]) -> None:
        """Score the movies of these ids, ascending; the model's are among them."""
        self.folder = Folder(model)
        self.known = np.searchsorted(movie_ids, model.movies)
        self.row = np.full(len(movie_ids), -1)
        self.row[self.known] = np.arange(len(self.known))

    def rows(self, movies: Places, half_stars: HalfStars) -> tuple[Places, HalfStars]:
        """A history as the model's rows; what it does not know is left out."""
        rows = self.row[movies]
        return rows[rows >= 0], half_stars[rows >= 0]

    def scores(self, movies: Places, half_stars: HalfStars) -> Floats | None:
        """Scores of the folded-in history."""
        found = self.folder.scores(*self.rows(movies, half_stars))
        if found is None:
            return None
        everything = np.full(len(self.row), UNKNOWN)
        everything[self.known] = found
        return everything

    def stars(self, movies: Places, half_stars: HalfStars, wanted: Places) -> NDArray[np.float64]:
        """Predicted half-stars from 1 to 10; of a movie that it never saw, mean and user's bias."""
        rows, given = self.rows(movies, half_stars)
        at = self.row[wanted]
        predicted = np.full(len(wanted), self.folder.user_mean(rows, given))
        predicted[at >= 0] = self.folder.half_stars(rows, given, at[at >= 0])
        clipped: NDArray[np.float64] = np.clip(predicted, 1, 10)
        return clipped


def factored(parameters: Parameters, engine: Engine) -> Callable[[Ratings], Factored]:
    """The served model with these parameters."""

    def learned(train_side: Ratings) -> Factored:
        return Factored(train(train_side.rated(), parameters, engine), train_side.movie_ids)

    return learned


def liked(movies: Places, half_stars: HalfStars) -> Places:
    """The movies of a history that are liked."""
    return movies[half_stars >= LIKE_FROM]


Contenders = Mapping[str, Contender]

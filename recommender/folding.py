"""Fold-in: a user's vectors from the whole history, by the half-step that training ends with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model
from contracts.histories import History
from contracts.lists import NO_STARS
from recommender.preference import preference
from recommender.topn import top

ENOUGH_RATINGS = 5
"""A movie with fewer has no predicted stars."""


@dataclass(frozen=True)
class Ranked:
    """A user's best movies: ids, ranking scores and predicted stars times ten, shape (n,) each."""

    movies: NDArray[np.uint32]
    scores: NDArray[np.float32]
    stars_x10: NDArray[np.uint8]


NOTHING = Ranked(np.empty(0, np.uint32), np.empty(0, np.float32), np.empty(0, np.uint8))


class Folder:
    """Folds histories into one model's lists."""

    def __init__(self, model: Model) -> None:
        """Precompute what is the same for every user: the factors' Gram matrix."""
        self.model = model
        self._gram = (model.factors.T @ model.factors).astype(np.float64)

    def ranked(self, history: History, limit: int) -> Ranked:
        """The user's list: scored, masked, with predicted stars; empty for someone without a like.

        A zero vector would rank nothing, so it is never made into a list.
        """
        at, half_stars = self._known(history.ratings)
        vector = self.vector(at, half_stars)
        if vector is None:
            return NOTHING
        scores = self.model.factors @ vector
        masked, _ = self._known(dict.fromkeys(history.masked, 0))
        best = top(scores, masked, limit)
        stars = self._stars(at, half_stars, best)
        return Ranked(self.model.movies[best].astype(np.uint32), scores[best], stars)

    def vector(
        self, at: NDArray[np.intp], half_stars: NDArray[np.uint8]
    ) -> NDArray[np.float32] | None:
        """The implicit-feedback user vector, shape (rank,), or None without a like.

        Solves (YᵀY + Σ c yyᵀ + λ·likes·I) x = Σ_likes (1 + c) y with c = confidence · |preference|.
        Source: Hu, Koren and Volinsky 2008, regularised by frequency as in MLlib's ALS.

        Args:
            at: rows of the rated movies in the model's arrays, shape (n,).
            half_stars: their ratings, shape (n,).
        """
        p = self.model.parameters
        wanted = preference(half_stars, p.dislike_weight)
        likes = int((wanted > 0).sum())
        if not likes:
            return None
        y = self.model.factors[at].astype(np.float64)
        c = p.confidence * np.abs(wanted)
        a = self._gram + (y.T * c) @ y + p.regularisation * likes * np.eye(y.shape[1])
        b = y.T @ np.where(wanted > 0, 1 + c, 0)
        return np.linalg.solve(a, b).astype(np.float32)

    def _known(self, by_movie: Mapping[int, int]) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """Rows of the movies that the model has, and the values that go with them."""
        ids = np.fromiter(by_movie, np.int32, len(by_movie))
        values = np.fromiter(by_movie.values(), np.uint8, len(by_movie))
        if not len(self.model.movies):
            return np.empty(0, np.intp), np.empty(0, np.uint8)
        at = np.minimum(np.searchsorted(self.model.movies, ids), len(self.model.movies) - 1)
        known = self.model.movies[at] == ids
        return at[known], values[known]

    def _stars(
        self, at: NDArray[np.intp], half_stars: NDArray[np.uint8], wanted: NDArray[np.intp]
    ) -> NDArray[np.uint8]:
        """Predicted stars times ten of the wanted rows: mean and biases plus explicit ALS.

        Source: Koren, Bell and Volinsky 2009; the residuals' user vector is the ridge solution
        with regularisation scaled by the number of ratings.
        """
        m, p = self.model, self.model.parameters
        residual = half_stars - m.mean - m.biases[at]
        user_bias = residual.sum() / (len(at) + p.bias_damping)
        y = m.explicit_factors[at].astype(np.float64)
        a = y.T @ y + p.explicit_regularisation * max(1, len(at)) * np.eye(y.shape[1])
        x = np.linalg.solve(a, y.T @ (residual - user_bias))
        half = m.mean + user_bias + m.biases[wanted] + m.explicit_factors[wanted] @ x
        stars: NDArray[np.uint8] = np.clip(np.rint(half * 5), 5, 50).astype(np.uint8)
        stars[m.ratings[wanted] < ENOUGH_RATINGS] = NO_STARS
        return stars

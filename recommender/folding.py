"""Fold-in: a user's vectors from the whole history, by the half-step that training ends with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model
from contracts.histories import History
from contracts.lists import NO_STARS
from recommender.popularity import weight
from recommender.preference import preference
from recommender.topn import top

ENOUGH_RATINGS = 5
"""A movie with fewer has no predicted stars."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.intp]
HalfStars = NDArray[np.uint8]


@dataclass(frozen=True)
class Ranked:
    """A user's best movies: ids, ranking scores and predicted stars times ten, shape (n,) each."""

    movies: NDArray[np.uint32]
    scores: Floats
    stars_x10: NDArray[np.uint8]


NOTHING = Ranked(np.empty(0, np.uint32), np.empty(0, np.float32), np.empty(0, np.uint8))


@dataclass(frozen=True)
class Explained:
    """What a score is made of: float64 (n,) of the user's n ratings, and of the prior."""

    by_rating: Doubles
    by_popularity: float


class Folder:
    """Folds histories into one model's lists. Rows are places in the model's arrays."""

    def __init__(self, model: Model) -> None:
        """Precompute what is the same for every user: the factors' weighted Gram matrix."""
        self.model = model
        gram = (model.factors.T @ model.factors).astype(np.float64)
        self._gram = model.parameters.unobserved_weight * gram

    def ranked(self, history: History, limit: int) -> Ranked:
        """The user's list: scored, masked, with predicted stars; empty for someone without a like.

        A zero vector would rank nothing, so it is never made into a list.
        """
        at, half_stars = self.known(history.ratings)
        scores = self.scores(at, half_stars)
        if scores is None:
            return NOTHING
        masked, _ = self.known(dict.fromkeys(history.masked, 0))
        best = top(scores, masked, limit)
        return self.told(at, half_stars, best, scores[best])

    def told(self, at: Rows, half_stars: HalfStars, best: Rows, scores: Floats) -> Ranked:
        """A list of the best rows, those below 0 left out, and their scores; with stars."""
        best, scores = best[best >= 0], scores[best >= 0]
        stars = self._stars(at, half_stars, best)
        return Ranked(self.model.movies[best].astype(np.uint32), scores, stars)

    def scores(self, at: Rows, half_stars: HalfStars) -> Floats | None:
        """All movies' ranking scores, shape (movies,), or None without a like.

        Args:
            at: rows of the rated movies, shape (n,).
            half_stars: their ratings, shape (n,).
        """
        vector = self.vector(at, half_stars)
        if vector is None:
            return None
        scores: Floats = self.model.factors @ vector + self.beta(half_stars) * self.model.prior
        return scores

    def vector(self, at: Rows, half_stars: HalfStars) -> Floats | None:
        """The ranking's user vector, shape (rank,), or None without a like.

        Solves the user's half-step of `recommender.als`, exactly; arguments as of `scores`.
        """
        wanted = self._wanted(half_stars)
        if not (wanted > 0).any():
            return None
        y = self.model.factors[at].astype(np.float64)
        a = self._before(wanted) + (y.T * np.abs(wanted)) @ y
        return np.linalg.solve(a, y.T @ self._pulls(wanted)).astype(np.float32)

    def explained(self, at: Rows, half_stars: HalfStars, row: int) -> Explained | None:
        """What each of a user's ratings, and popularity, adds to one movie's score; None without.

        A rating adds its pull, less what the user's other ratings explain of it already, times how
        alike the two movies are: (pull - weight·score) · yᵀ(unobserved·YᵀY + ridge)⁻¹y. The sum is
        the score. Source: the dual form of the half-step, after Hu, Koren and Volinsky 2008, 5.
        """
        vector = self.vector(at, half_stars)
        if vector is None:
            return None
        wanted = self._wanted(half_stars)
        y = self.model.factors[at].astype(np.float64)
        likeness = y @ np.linalg.solve(self._before(wanted), self.model.factors[row])
        adds = (self._pulls(wanted) - np.abs(wanted) * (y @ vector)) * likeness
        return Explained(adds, self.beta(half_stars) * float(self.model.prior[row]))

    def known(self, by_movie: Mapping[int, int]) -> tuple[Rows, HalfStars]:
        """Rows of the movies that the model has, and the values that go with them."""
        ids = np.fromiter(by_movie, np.int32, len(by_movie))
        values = np.fromiter(by_movie.values(), np.uint8, len(by_movie))
        at, known = self.rows_of(ids)
        return at[known], values[known]

    def rows_of(self, ids: NDArray[np.int32]) -> tuple[Rows, NDArray[np.bool_]]:
        """Rows of these movies, shape (n,), and which of them the model has: the others' are 0."""
        if not len(self.model.movies):
            return np.zeros(len(ids), np.intp), np.zeros(len(ids), bool)
        at = np.minimum(np.searchsorted(self.model.movies, ids), len(self.model.movies) - 1)
        known = self.model.movies[at] == ids
        return np.where(known, at, 0), known

    def half_stars(self, at: Rows, half_stars: HalfStars, wanted: Rows) -> Doubles:
        """Predicted half-stars of the wanted rows, not clipped: mean and biases plus explicit ALS.

        Source: Koren, Bell and Volinsky 2009; the residuals' user vector is the ridge solution
        with regularisation scaled by the number of ratings.
        """
        m, p = self.model, self.model.parameters
        mean = self.user_mean(at, half_stars)
        residual = half_stars.astype(np.float64) - m.biases[at] - mean
        y = m.explicit_factors[at].astype(np.float64)
        a = y.T @ y + p.explicit_regularisation * max(1, len(at)) * np.eye(y.shape[1])
        half = m.explicit_factors[wanted] @ np.linalg.solve(a, y.T @ residual)
        return np.asarray(half + m.biases[wanted] + mean, np.float64)

    def user_mean(self, at: Rows, half_stars: HalfStars) -> float:
        """What a user with these ratings gives a movie of no bias, in half-stars."""
        m = self.model
        above = half_stars - m.mean - m.biases[at]
        return m.mean + float(above.sum()) / (len(at) + m.parameters.user_damping)

    def _stars(self, at: Rows, half_stars: HalfStars, wanted: Rows) -> NDArray[np.uint8]:
        """Predicted stars times ten of the wanted rows."""
        half = self.half_stars(at, half_stars, wanted)
        stars: NDArray[np.uint8] = np.clip(np.rint(half * 5), 5, 50).astype(np.uint8)
        stars[self.model.ratings[wanted] < ENOUGH_RATINGS] = NO_STARS
        return stars

    def _wanted(self, half_stars: HalfStars) -> Floats:
        return preference(half_stars, self.model.parameters.dislike_weight)

    def _pulls(self, wanted: Floats) -> Doubles:
        return np.where(wanted > 0, 1 + self.model.parameters.unobserved_weight, 0.0)

    def _before(self, wanted: Floats) -> Doubles:
        """The normal equations of someone with as many likes, before what they are of."""
        p = self.model.parameters
        ridge = p.regularisation * (p.base_likes + (wanted > 0).sum())
        before: Doubles = self._gram + ridge * np.eye(len(self._gram))
        return before

    def beta(self, half_stars: HalfStars) -> float:
        """The popularity prior's weight in such a user's scores."""
        wanted = self._wanted(half_stars)
        return weight(int((wanted > 0).sum()), self.model.parameters.prior_weights)

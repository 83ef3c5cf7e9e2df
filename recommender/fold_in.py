"""Fold-in: a user's vectors from the whole history, by the half-step of training.

Popular movies may count for more of what is unobserved than they do in training, and vectors of
movies may have content columns, which are not trained: there, what somebody's likes have in common
is added to the solution.

One person at a time, solved exactly; `recommender.bulk_lists` does the same for many at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model
from contracts.histories import History
from contracts.ranked_lists import NO_STARS
from recommender.content_agreement import shares
from recommender.popularity_prior import weight
from recommender.preference import preference
from recommender.recency_weights import ALL_ALIKE, Counted, counted
from recommender.top_n import top

TINY = 1e-30
"""Above 0, and less than any sum that says something."""
ENOUGH_RATINGS = 5
"""A movie with fewer has no predicted stars."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.intp]
HalfStars = NDArray[np.uint8]
Number = TypeVar("Number", float, Doubles)


class Ranked(NamedTuple):
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
    """Folds histories into one model's lists. Rows are indices into the model's arrays."""

    def __init__(self, model: Model) -> None:
        """Precompute what is the same for every user.

        That is the factors' weighted Gram matrix; what is multiplied with a user's vector and
        weight of popularity for all scores: factors and prior, shape (k + 1, movies); and the
        content columns, those of the factors beyond the rank, shape (movies, k - rank).
        """
        self.model = model
        self.columns = np.vstack([model.factors.T, model.prior])
        self.gram = model.parameters.unobserved_weight * _gram(model)
        self.content = np.ascontiguousarray(model.factors[:, model.parameters.rank :])

    def ranked(self, history: History, limit: int, focus: float = 0.0) -> Ranked:
        """The user's list: scored, masked, with predicted stars; empty for someone without a like.

        A zero vector would rank nothing, so it is never made into a list.

        Args:
            history: everything the user said.
            limit: most movies of the list.
            focus: from 0 for a list of all ratings alike to 1 for one of the latest.
        """
        at, half_stars = self.known(history.ratings)
        scores = self.scores(at, half_stars, self.counted(history, focus))
        if scores is None:
            return NOTHING
        masked, _ = self.known(dict.fromkeys(history.masked, 0))
        best = top(scores, masked, limit)
        return self.to_list(at, half_stars, best, scores[best])

    def to_list(self, at: Rows, half_stars: HalfStars, best: Rows, scores: Floats) -> Ranked:
        """A list of the best rows, those below 0 left out, and their scores; with stars."""
        best, scores = best[best >= 0], scores[best >= 0]
        stars = self.in_stars(self.half_stars(at, half_stars, best), best)
        return Ranked(self.model.movies[best].astype(np.uint32), scores, stars)

    def scores(
        self, at: Rows, half_stars: HalfStars, counted: Counted = ALL_ALIKE
    ) -> Floats | None:
        """All movies' ranking scores, shape (movies,), or None without a like.

        Args:
            at: rows of the rated movies, shape (n,).
            half_stars: their ratings, shape (n,).
            counted: what each of them counts for, above 0, shape (n,), as `counted` tells.
        """
        vector = self.vector(at, half_stars, counted)
        if vector is None:
            return None
        scores: Floats = np.append(vector, np.float32(self.beta(half_stars))) @ self.columns
        return scores

    def vector(
        self, at: Rows, half_stars: HalfStars, counted: Counted = ALL_ALIKE
    ) -> Floats | None:
        """The ranking's user vector, shape (k,), or None without a like.

        The solution of the user's half-step, and in its content columns what the likes have in
        common; arguments as of `scores`.
        """
        wanted = self.wanted(half_stars)
        if not (wanted > 0).any():
            return None
        vector = self._solved(at, wanted, counted)
        vector[self.model.parameters.rank :] += self.in_common(at, wanted, counted)
        return vector.astype(np.float32)

    def _solved(self, at: Rows, wanted: Floats, counted: Counted) -> Doubles:
        """The user's half-step, solved exactly."""
        y = self.model.factors[at].astype(np.float64)
        a = self._before(wanted, counted) + (y.T * (np.abs(wanted) * counted)) @ y
        pull = self.targets(wanted) * counted
        return np.asarray(np.linalg.solve(a, y.T @ pull), np.float64)

    def in_common(self, at: Rows, wanted: Floats, counted: Counted = ALL_ALIKE) -> Doubles:
        """What the likes have in common, as it is added to a vector, shape (k - rank,)."""
        common: Doubles = self._shares(at, wanted, counted) @ self.content[at].astype(np.float64)
        return common

    def _shares(self, at: Rows, wanted: Floats, counted: Counted) -> Doubles:
        """By how much the content of each rated movie is added, shape (n,)."""
        likes = ((wanted > 0) * counted).astype(np.float64)
        return self.model.parameters.content_agreement * shares(self.content[at], likes)

    def explained(
        self, at: Rows, half_stars: HalfStars, row: int, counted: Counted = ALL_ALIKE
    ) -> Explained | None:
        """What each of a user's ratings, and popularity, adds to one movie's score; None without.

        A rating adds its pull, less what the user's other ratings explain of it already, times how
        alike the two movies are: (pull - weight·solution·y) · yᵀ(unobserved·Gram + ridge)⁻¹y; and
        its share of what the likes have in common, times how alike the content of the two is. The
        sum is the score. Source: the dual form of the half-step, after Hu, Koren and Volinsky 2008.
        """
        wanted = self.wanted(half_stars)
        if not (wanted > 0).any():
            return None
        y = self.model.factors[at].astype(np.float64)
        left = self.targets(wanted) - np.abs(wanted) * (y @ self._solved(at, wanted, counted))
        alike = y @ np.linalg.solve(self._before(wanted, counted), self.model.factors[row])
        known_alike = self.content[at].astype(np.float64) @ self.content[row]
        adds: Doubles = left * counted * alike + self._shares(at, wanted, counted) * known_alike
        return Explained(adds, self.beta(half_stars) * float(self.model.prior[row]))

    def counted(self, history: History, focus: float) -> Counted:
        """What each rating counts for at this focus, in the order of `known(history.ratings)`."""
        if not focus:
            return ALL_ALIKE
        ratings = history.ratings
        at_ms = np.array([history.entries[movie].rated_at_ms for movie in ratings], np.int64)
        _, known = self.rows_of(np.fromiter(ratings, np.int32, len(ratings)))
        _, half_stars = self.known(ratings)
        return counted(half_stars, at_ms[known], focus)

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
        """Predicted half-stars of the wanted rows, not clipped.

        They are mean and biases (Koren, Bell and Volinsky 2009), and a ridge regression of what
        those leave of the user's ratings on the same vectors that rank: whose likes are alike is
        judged alike. The ridge grows with the root of how many ratings there are.
        """
        m = self.model
        mean = self.user_mean(at, half_stars)
        residual = half_stars.astype(np.float64) - m.biases[at] - mean
        y = m.factors[at].astype(np.float64)
        a = y.T @ y + self.star_ridge(float(len(at))) * np.eye(y.shape[1])
        half = m.factors[wanted] @ np.linalg.solve(a, y.T @ residual)
        return np.asarray(half + m.biases[wanted] + mean, np.float64)

    def user_mean(self, at: Rows, half_stars: HalfStars) -> float:
        """What a user with these ratings gives a movie of no bias, in half-stars."""
        above = float(self.above_mean(at, half_stars).sum())
        return self.mean_of(above, float(len(at)))

    def mean_of(self, above: Number, ratings: Number) -> Number:
        """The same of people whose ratings are so far above the movies' means, in sum."""
        return self.model.mean + above / (ratings + self.model.parameters.user_damping)

    def above_mean(self, at: Rows, half_stars: HalfStars) -> Doubles:
        """How far ratings are above what the movies get in the mean, in half-stars."""
        return np.asarray(half_stars - self.model.mean - self.model.biases[at], np.float64)

    def in_stars(self, half_stars: Doubles, rows: Rows) -> NDArray[np.uint8]:
        """Predicted half-stars of these rows as stars times ten, of any shape."""
        stars: NDArray[np.uint8] = np.clip(np.rint(half_stars * 5), 5, 50).astype(np.uint8)
        stars[self.model.ratings[rows] < ENOUGH_RATINGS] = NO_STARS
        return stars

    def wanted(self, half_stars: HalfStars) -> Floats:
        """What each rating means to the ranking."""
        return preference(half_stars, self.model.parameters.dislike_weight)

    def targets(self, wanted: Floats) -> Doubles:
        """How hard each rating pulls at the vector."""
        return np.where(wanted > 0, 1 + self.model.parameters.unobserved_weight, 0.0)

    def ridge(self, likes: Number) -> Number:
        """The ranking's regularisation of people with so many likes."""
        p = self.model.parameters
        return p.regularisation * (p.base_likes + likes)

    def star_ridge(self, ratings: Number) -> Number:
        """Predicted stars' regularisation of people with so many ratings."""
        root: Number = np.maximum(ratings, 1.0) ** 0.5
        return self.model.parameters.star_regularisation * root

    def _before(self, wanted: Floats, counted: Counted) -> Doubles:
        """The normal equations of someone with as many likes, before what they are of."""
        ridge = self.ridge(float(((wanted > 0) * counted).sum()))
        before: Doubles = self.gram + ridge * np.eye(len(self.gram))
        return before

    def beta(self, half_stars: HalfStars) -> float:
        """The popularity prior's weight in such a user's scores."""
        wanted = self.wanted(half_stars)
        return weight(int((wanted > 0).sum()), self.model.parameters.prior_weights)


def _gram(model: Model) -> Doubles:
    """The Gram matrix, float64 (k, k), each movie weighed by its likes, its trace kept.

    Source: popularity-aware weights of what is missing, He et al. 2016, "Fast matrix factorization
    for online recommendation with implicit feedback", 4.1.
    """
    factors = model.factors.astype(np.float64)
    plain: Doubles = factors.T @ factors
    if not model.parameters.popularity_exponent:
        return plain
    weights = (model.likes + 1.0) ** model.parameters.popularity_exponent
    weighed: Doubles = (factors.T * weights) @ factors
    return weighed * float(np.trace(plain) / max(np.trace(weighed), TINY))

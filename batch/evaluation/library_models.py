"""Models of other libraries: `implicit` and scikit-learn."""

from dataclasses import dataclass

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_array, csr_matrix
from sklearn.decomposition import NMF

from batch.evaluation.contender_types import Contender
from batch.evaluation.linear_models import likes_matrix
from recommender.preference import liked
from recommender.ratings import IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices, Scorer

IMPLICIT_RANK, IMPLICIT_ITERATIONS = 128, 12
NMF_RANK = 32
NMF_ITERATIONS = 100


def one_row(movies: Indices, count: int) -> csr_matrix:
    """Likes of one user as these libraries take them."""
    ones = np.ones(len(movies), np.float32)
    return csr_matrix((ones, (np.zeros(len(movies), np.intp), movies)), (1, count))


@dataclass(frozen=True)
class Implicit:
    """The library's own fold-in of a user."""

    model: AlternatingLeastSquares
    movies: int

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """Scores of the user that it solves for."""
        mine = liked(movies, half_stars)
        if not len(mine):
            return None
        user = self.model.recalculate_user(0, one_row(mine, self.movies))
        found: Floats = self.model.item_factors @ user
        return found


def implicit_als(ridge: float, alpha: float) -> Contender:
    """`implicit`'s ALS with this regularisation and confidence of a like."""

    def fit(train: IndexedRatings) -> Scorer:
        matrix = likes_matrix(train)
        model = AlternatingLeastSquares(
            factors=IMPLICIT_RANK,
            regularization=ridge,
            alpha=alpha,
            iterations=IMPLICIT_ITERATIONS,
            random_state=1,
        )
        model.fit(csr_matrix(matrix), show_progress=False)
        return Implicit(model, matrix.shape[1])

    return fit


@dataclass(frozen=True)
class Nmf:
    """Non-negative factors of the likes."""

    model: NMF
    movies: int

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """Scores of the user that the library solves for."""
        mine = liked(movies, half_stars)
        if not len(mine):
            return None
        user = self.model.transform(one_row(mine, self.movies))
        return np.asarray(user[0] @ self.model.components_, np.float32)


def nmf(train: IndexedRatings) -> Scorer:
    """scikit-learn's NMF (Lee and Seung 2001)."""
    matrix = likes_matrix(train)
    model = NMF(NMF_RANK, init="nndsvda", max_iter=NMF_ITERATIONS, tol=0, random_state=1)
    with np.errstate(all="ignore"):
        model.fit(csr_array(matrix))
    return Nmf(model, matrix.shape[1])

"""Models without a training loop: item cosine and EASE. Only for comparisons."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from batch.evaluation.contender_types import Contender
from batch.evaluation.errors import TooManyMovies
from recommender.preference import liked
from recommender.ratings import IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices, Scorer

MOST_MOVIES = 20_000
"""EASE inverts a matrix of all movies by all movies."""


def likes_matrix(ratings: IndexedRatings) -> csr_array:
    """1 for each like, shape (users, movies)."""
    said = ratings.where(ratings.likes)
    ones = np.ones(len(said), np.float32)
    shape = len(ratings.user_ids), len(ratings.movie_ids)
    return csr_array((ones, (said.users, said.movies)), shape)


@dataclass(frozen=True)
class Cosine:
    """Sum of the cosines between a movie's likers and those of each liked movie.

    Source: Sarwar et al. 2001; without a cut to the nearest neighbours. A shrinkage makes cosines
    of few likers count for less: (a·b) / (‖a‖‖b‖ + shrinkage), Bell and Koren 2007.

    Attributes:
        likers: 1 for each like, shape (movies, users).
        lengths: of the rows, shape (movies,).
        shrinkage: in likers.
    """

    likers: csr_array
    lengths: NDArray[np.float32]
    shrinkage: float

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """A movie's likeness to all that is liked."""
        mine = liked(movies, half_stars)
        if not len(mine):
            return None
        shared = (self.likers @ self.likers[mine].T).toarray()
        below = np.outer(self.lengths, self.lengths[mine]) + self.shrinkage
        cosines = np.divide(shared, below, out=np.zeros_like(shared), where=shared > 0)
        return np.asarray(cosines.sum(axis=1), np.float32)


def cosine(shrinkage: float) -> Contender:
    """Item cosine of the likes."""

    def fit(train: IndexedRatings) -> Scorer:
        likers = csr_array(likes_matrix(train).T)
        return Cosine(likers, np.sqrt(likers.sum(axis=1)), shrinkage)

    return fit


@dataclass(frozen=True)
class Ease:
    """A movie's score is the sum of what each liked movie says of it.

    Source: Steck 2019, "Embarrassingly shallow autoencoders": weights = I - P / diag(P) with
    P = (XᵀX + ridge·I)⁻¹ and X the likes, so that no movie speaks for itself.
    """

    weights: NDArray[np.float32]

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """Each movie by all liked ones."""
        mine = liked(movies, half_stars)
        return self.weights[mine].sum(axis=0) if len(mine) else None


def ease(ridge: float) -> Contender:
    """EASE with this regularisation; `TooManyMovies` from what it fits if there are too many."""

    def fit(train: IndexedRatings) -> Scorer:
        matrix = likes_matrix(train)
        count = matrix.shape[1]
        if count > MOST_MOVIES:
            what = f"EASE: {count:,} movies are more than the {MOST_MOVIES:,} it can handle"
            raise TooManyMovies(what)
        inverse = _inverse(matrix, ridge)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return Ease(weights)

    return fit


def _inverse(matrix: csr_array, ridge: float) -> NDArray[np.float32]:
    """(XᵀX + ridge·I)⁻¹, by way of XXᵀ (Woodbury) where users are fewer than movies."""
    users, movies = matrix.shape
    if users >= movies:
        gram = (matrix.T @ matrix).toarray() + ridge * np.eye(movies, dtype=np.float32)
        return np.linalg.inv(gram)
    dense = matrix.toarray()
    inner = np.linalg.inv(dense @ dense.T + ridge * np.eye(users, dtype=np.float32))
    inverse: NDArray[np.float32] = dense.T @ (inner @ dense)
    np.negative(inverse, out=inverse)
    inverse[np.diag_indices(movies)] += 1
    inverse /= np.float32(ridge)
    return inverse

"""From ratings to a model: biases, the ranking's vectors, those of predicted stars, popularity."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model, Parameters
from recommender.biases import joint_biases
from recommender.popularity import prior
from recommender.preference import LIKE_FROM

Indices = NDArray[np.intp]
Floats = NDArray[np.float32]


class NotEnoughRatings(RuntimeError):
    """A snapshot that no model can be made of."""


class NotFinite(RuntimeError):
    """Training ended in factors that are no numbers."""


class Rated(NamedTuple):
    """Ratings that stand, one a pair: whose, of what, how many half-stars, when; shape (n,)."""

    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.uint8]
    rated_at_ms: NDArray[np.int64]


class Pairs(NamedTuple):
    """The same with places instead of ids: rows of users and movies, and how many there are."""

    users: Indices
    movies: Indices
    shape: tuple[int, int]


class Engine(Protocol):
    """What solves for the movies' vectors, float32 (movies, rank); 0 for those it never saw."""

    def ranking(
        self, pairs: Pairs, half_stars: NDArray[np.uint8], parameters: Parameters
    ) -> Floats:
        """Of implicit-feedback ALS, on the preference that the ratings stand for."""

    def stars(self, pairs: Pairs, residual: Floats, parameters: Parameters) -> Floats:
        """Of explicit ALS, on what mean and biases leave of the ratings."""


def train(rated: Rated, parameters: Parameters, engine: Engine) -> Model:
    """A model of these ratings.

    Raises:
        NotEnoughRatings: without a single like.
        NotFinite: if a factor is not a finite number.
    """
    liked = rated.half_stars >= LIKE_FROM
    if not liked.any():
        raise NotEnoughRatings(f"{len(liked)} ratings, no like among them")
    user_ids, users = np.unique(rated.user_id, return_inverse=True)
    ids, movies = np.unique(rated.movie_id, return_inverse=True)
    pairs = Pairs(users, movies, (len(user_ids), len(ids)))
    mean = float(rated.half_stars.mean(dtype=np.float64))
    deviation = rated.half_stars.astype(np.float64) - mean
    damping = parameters.user_damping, parameters.movie_damping
    of_users, biases = joint_biases(users, movies, deviation, pairs.shape, damping)
    residual = deviation - of_users[users] - biases[movies]
    until_ms, half_life = int(rated.rated_at_ms.max()), parameters.prior_half_life_days
    model = Model(
        movies=ids,
        factors=engine.ranking(pairs, rated.half_stars, parameters),
        explicit_factors=engine.stars(pairs, residual.astype(np.float32), parameters),
        biases=biases.astype(np.float32),
        ratings=np.bincount(movies, minlength=len(ids)).astype(np.int32),
        likes=np.bincount(movies[liked], minlength=len(ids)).astype(np.int32),
        prior=prior(movies[liked], rated.rated_at_ms[liked], until_ms, half_life, len(ids)),
        mean=mean,
        parameters=parameters,
    )
    broken = [name for name, array in model.arrays().items() if not np.isfinite(array).all()]
    if broken:
        raise NotFinite(f"not all of {', '.join(broken)} is finite")
    return model

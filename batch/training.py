"""From ratings to a model: biases, the movies' vectors, popularity."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.artefact import Model, Suspicion, not_finite
from contracts.hyper_parameters import Parameters
from recommender.biases import joint_biases
from recommender.content_columns import with_columns
from recommender.content_imaginary_users import with_content
from recommender.popularity_prior import prior
from recommender.preference import LIKE_FROM
from recommender.rating_checks import check
from recommender.ratings import Pairs, Ratings
from recommender.shilling_screen import Screened, screen
from recommender.similar_movies import Content

Indices = NDArray[np.intp]
Ids = NDArray[np.int32]
Floats = NDArray[np.float32]


class NotEnoughRatings(RuntimeError):
    """A snapshot that no model can be made of."""


class NotFinite(RuntimeError):
    """Training ended in factors that are no numbers."""


class Engine(Protocol):
    """What solves for the movies' vectors, float32 (movies, rank); 0 for those it never saw."""

    def ranking(
        self, pairs: Pairs, half_stars: NDArray[np.uint8], parameters: Parameters
    ) -> Floats:
        """Of implicit-feedback ALS, on the preference that the ratings stand for."""


Describe = Callable[[Ids], Content]
"""What is known of the movies of these ids, in their order."""


def nothing_known(movies: Ids) -> Content:
    """Of movies that nobody has described."""
    return Content.unknown(len(movies))


class Trained(NamedTuple):
    """A model, and those whose ratings counted for less in it."""

    model: Model
    suspects: list[Suspicion]


def train_screened(
    rated: Ratings, parameters: Parameters, engine: Engine, describe: Describe = nothing_known
) -> Trained:
    """A model of these ratings, those of suspicious users weighing less.

    Raises:
        NotARating: if one of these ratings is invalid.
        NotEnoughRatings: without a single like.
        NotFinite: if a factor is not a finite number.
    """
    found = screened(rated)
    suspects = [
        Suspicion(one.user, one.reason, one.weight, {k: float(v) for k, v in one.figures.items()})
        for one in found.suspects
    ]
    return Trained(train(rated, parameters, engine, found.weights, describe), suspects)


def screened(rated: Ratings) -> Screened:
    """What users count for in training, by ascending id, and who is suspicious, told by id.

    Raises:
        NotARating: if one of these ratings is invalid.
    """
    check(rated.user_id, rated.movie_id, rated.half_stars)
    user_ids, _, pairs = indexed(rated)
    found = screen(pairs, rated.half_stars, rated.rated_at_ms)
    return Screened(
        found.weights, [one._replace(user=int(user_ids[one.user])) for one in found.suspects]
    )


def train(
    rated: Ratings,
    parameters: Parameters,
    engine: Engine,
    weights: Floats | None = None,
    describe: Describe = nothing_known,
) -> Model:
    """A model of these ratings.

    Args:
        rated: they.
        parameters: to train with.
        engine: solves for the vectors.
        weights: what each user counts for, by ascending id, float32 (users,) of 0 to 1, as
            `screened` finds them; all of them one if not given.
        describe: says what is known of movies besides ratings.

    Raises:
        NotEnoughRatings: without a single like.
        NotFinite: if a factor is not a finite number.
    """
    liked = rated.half_stars >= LIKE_FROM
    if not liked.any():
        raise NotEnoughRatings(f"no likes among {len(liked)} ratings")
    _, ids, pairs = indexed(rated, weights)
    movies, each = pairs.movies, pairs.counted
    mean = float(np.average(rated.half_stars, weights=each))
    until_ms, half_life = int(rated.rated_at_ms.max()), parameters.prior_half_life_days
    likes = movies[liked], rated.rated_at_ms[liked], each[liked]
    told, content = (pairs, rated.half_stars), describe(ids)
    if parameters.content_weight:
        told = with_content(*told, content, parameters.content_weight)
    factors = engine.ranking(*told, parameters)
    if parameters.content_scale:
        factors = with_columns(factors, content, parameters.content_scale)
    model = Model(
        movies=ids,
        factors=factors,
        biases=_biases(rated, pairs, mean, parameters),
        ratings=np.bincount(movies, minlength=len(ids)).astype(np.int32),
        likes=np.rint(np.bincount(movies[liked], each[liked], len(ids))).astype(np.int32),
        prior=prior(*likes, until_ms, half_life, len(ids)),
        mean=mean,
        parameters=parameters,
    )
    if broken := not_finite(model.arrays()):
        raise NotFinite(f"NaN or infinite values in {', '.join(broken)}")
    return model


def indexed(rated: Ratings, weights: Floats | None = None) -> tuple[Ids, Ids, Pairs]:
    """Users' and movies' ids, ascending, and the ratings by indices into them."""
    user_ids, users = np.unique(rated.user_id, return_inverse=True)
    ids, movies = np.unique(rated.movie_id, return_inverse=True)
    counted = np.ones(len(user_ids), np.float32) if weights is None else weights
    return user_ids, ids, Pairs(users, movies, (len(user_ids), len(ids)), counted)


def with_biases(model: Model, rated: Ratings, parameters: Parameters) -> Model:
    """The model of these ratings, with biases as these parameters damp them, and told so."""
    _, _, pairs = indexed(rated)
    return replace(
        model, biases=_biases(rated, pairs, model.mean, parameters), parameters=parameters
    )


def _biases(rated: Ratings, pairs: Pairs, mean: float, parameters: Parameters) -> Floats:
    """How far each movie's ratings lie from the mean, what users do taken into account."""
    damping = parameters.user_damping, parameters.movie_damping
    _, of_movies = joint_biases(pairs, rated.half_stars.astype(np.float64) - mean, damping)
    return of_movies.astype(np.float32)

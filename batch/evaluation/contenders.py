"""Contenders: each learns from ratings, then scores every movie for any history; and ours."""

from collections.abc import Callable, Mapping

from batch.training import Describe, Engine, nothing_known, train
from contracts.hyper_parameters import Parameters
from recommender.preference import LIKE_FROM
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored, HalfStars, Indices, Scorer

Contender = Callable[[IndexedRatings], Scorer]
"""Learns from the training side."""
Contenders = Mapping[str, Contender]
"""By name."""


def factored(
    parameters: Parameters, engine: Engine, describe: Describe = nothing_known
) -> Callable[[IndexedRatings], Factored]:
    """The served model with these parameters."""

    def learned(train_side: IndexedRatings) -> Factored:
        model = train(train_side.rated(), parameters, engine, describe=describe)
        return Factored(model, train_side.movie_ids)

    return learned


def liked(movies: Indices, half_stars: HalfStars) -> Indices:
    """The movies of a history that are liked."""
    return movies[half_stars >= LIKE_FROM]

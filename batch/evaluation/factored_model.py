"""The served model as a contender."""

from collections.abc import Callable

from batch.training import Describe, Engine, nothing_known, train
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored


def factored(
    parameters: Parameters, engine: Engine, describe: Describe = nothing_known
) -> Callable[[IndexedRatings], Factored]:
    """The served model with these parameters."""

    def learned(train_side: IndexedRatings) -> Factored:
        model = train(train_side.rated(), parameters, engine, describe=describe)
        return Factored(model, train_side.movie_ids)

    return learned

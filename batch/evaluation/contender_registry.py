"""The models that can take part in a comparison, by name."""

from collections.abc import Mapping, Sequence
from itertools import product

from msgspec.structs import replace

from batch.evaluation.best_of import best_at_first, best_of
from batch.evaluation.contender_types import (
    COSINE,
    LATELY,
    OURS,
    POPULAR,
    Contender,
    Contenders,
    LineUp,
)
from batch.evaluation.errors import NoSuchModel
from batch.evaluation.factored_model import factored
from batch.evaluation.popularity_models import popular, popular_lately
from batch.evaluation.ratings_only_parameters import RATINGS_ONLY
from batch.spark_sessions import Sessions
from batch.training import Describe, Engine
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings
from recommender.scorers import Scorer

EASE, NMF, IMPLICIT, MLLIB = "ease", "nmf", "implicit-als", "mllib-als"
NAMES = (OURS, POPULAR, LATELY, COSINE, EASE, NMF, IMPLICIT, MLLIB)
SHRINKAGES = (0.0, 1.0, 3.0, 10.0, 30.0)
RIDGES_EASE = (50.0, 100.0, 200.0, 300.0, 500.0, 800.0)
RIDGES_IMPLICIT, ALPHAS = (5.0, 15.0, 50.0), (2.0, 5.0, 10.0, 20.0)
RIDGES_MLLIB, ALPHAS_MLLIB = (0.15, 0.3, 0.6), (2.0, 6.0)
"""What contenders choose their own hyper-parameters from."""
MLLIB_BLOCKS = 2


def line_up(
    names: Sequence[str],
    parameters: Parameters,
    tuned: Mapping[str, Parameters],
    engine: Engine,
    describe: Describe,
    session: Sessions,
) -> LineUp:
    """Who takes part in a split: these names, with the parameters that were tuned for it.

    Args:
        names: of `NAMES`.
        parameters: where none were tuned.
        tuned: split to parameters.
        engine: trains ours.
        describe: says what is known of movies.
        session: of Spark, asked for when MLlib takes part.

    Raises:
        NoSuchModel: for another name.
    """
    strange = [name for name in names if name not in NAMES]
    if strange:
        raise NoSuchModel(f"{strange[0]!r} is not one of {', '.join(NAMES)}")

    others = {name: _other(name, session) for name in names if name != OURS}

    def taking_part(split: str) -> Contenders:
        ours = factored(tuned.get(split, parameters), engine, describe)
        return {name: others.get(name, ours) for name in names}

    return taking_part


def _other(name: str, session: Sessions) -> Contender:
    plain: dict[str, Contender] = {POPULAR: popular, LATELY: popular_lately}
    if name in plain:
        return plain[name]
    if name == MLLIB:
        return best_at_first(
            [_mllib(*both, session) for both in product(RIDGES_MLLIB, ALPHAS_MLLIB)]
        )
    if name in {NMF, IMPLICIT}:
        from batch.evaluation.library_models import implicit_als, nmf

        every = [implicit_als(ridge, alpha) for ridge in RIDGES_IMPLICIT for alpha in ALPHAS]
        return nmf if name == NMF else best_of(every)
    from batch.evaluation.linear_models import cosine, ease

    if name == COSINE:
        return best_of([cosine(shrinkage) for shrinkage in SHRINKAGES])
    return best_of([ease(ridge) for ridge in RIDGES_EASE])


def _mllib(ridge: float, alpha: float, session: Sessions) -> Contender:
    """MLlib's ALS with its own `regParam` and `alpha`, told of ratings alone."""
    parameters = replace(
        RATINGS_ONLY,
        base_likes=0.0,
        unobserved_weight=1 / alpha,
        regularisation=ridge / alpha,
    )

    def learned(train: IndexedRatings) -> Scorer:
        from batch.mllib_engine import MLlib

        return factored(parameters, MLlib(session(), MLLIB_BLOCKS))(train)

    return learned

"""The models that can take part in a comparison, by name."""

from collections.abc import Mapping, Sequence

from batch.evaluation.best_of import best_of
from batch.evaluation.contenders import Contender, Contenders, factored
from batch.evaluation.errors import NoSuchModel
from batch.evaluation.popularity_models import popular, popular_lately
from batch.evaluation.protocols import COSINE, LATELY, OURS, POPULAR, LineUp
from batch.spark_sessions import Sessions
from batch.training import Describe, Engine
from contracts.artefact import Parameters
from recommender.ratings import IndexedRatings
from recommender.scorers import Scorer

EASE, NMF, IMPLICIT, MLLIB = "ease", "nmf", "implicit-als", "mllib-als"
NAMES = (OURS, POPULAR, LATELY, COSINE, EASE, NMF, IMPLICIT, MLLIB)
SHRINKAGES = (0.0, 1.0, 3.0, 10.0, 30.0)
RIDGES_EASE = (50.0, 100.0, 200.0, 300.0, 500.0, 800.0)
RIDGES_IMPLICIT, ALPHAS = (5.0, 15.0, 50.0), (2.0, 5.0, 10.0, 20.0)
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

    def taking_part(split: str) -> Contenders:
        given = tuned.get(split, parameters)
        ours = factored(given, engine, describe)
        return {name: ours if name == OURS else _other(name, given, session) for name in names}

    return taking_part


def _other(name: str, given: Parameters, session: Sessions) -> Contender:
    plain: dict[str, Contender] = {POPULAR: popular, LATELY: popular_lately}
    if name in plain:
        return plain[name]
    if name == MLLIB:
        return _mllib(given, session)
    if name in {NMF, IMPLICIT}:
        from batch.evaluation.library_models import implicit_als, nmf

        every = [implicit_als(ridge, alpha) for ridge in RIDGES_IMPLICIT for alpha in ALPHAS]
        return nmf if name == NMF else best_of(every)
    from batch.evaluation.linear_models import cosine, ease

    if name == COSINE:
        return best_of([cosine(shrinkage) for shrinkage in SHRINKAGES])
    return best_of([ease(ridge) for ridge in RIDGES_EASE])


def _mllib(given: Parameters, session: Sessions) -> Contender:
    from batch.engine_choice import without_base_likes
    from batch.evaluation.library_models import average_likes
    from batch.mllib_engine import MLlib

    def learned(train: IndexedRatings) -> Scorer:
        parameters = without_base_likes(given, average_likes(train))
        return factored(parameters, MLlib(session(), MLLIB_BLOCKS))(train)

    return learned

"""The models that can take part in a comparison, by name."""

from collections.abc import Mapping, Sequence

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
EASE_RIDGE = 100.0
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
    if name == MLLIB:
        return _mllib(given, session)
    if name in {NMF, IMPLICIT}:
        from batch.evaluation.library_models import implicit_als, nmf

        return nmf if name == NMF else implicit_als(given)
    from batch.evaluation.linear_models import cosine, ease

    plain = {POPULAR: popular, LATELY: popular_lately, COSINE: cosine, EASE: ease(EASE_RIDGE)}
    return plain[name]


def _mllib(given: Parameters, session: Sessions) -> Contender:
    from batch.engine_choice import without_base_likes
    from batch.evaluation.library_models import average_likes
    from batch.mllib_engine import MLlib

    def learned(train: IndexedRatings) -> Scorer:
        parameters = without_base_likes(given, average_likes(train))
        return factored(parameters, MLlib(session(), MLLIB_BLOCKS))(train)

    return learned

"""What was tried for lists and stars, and dropped: `python -m bench.tried [RELEASE ...]`.

Beside the shipped model, on the releases (ml-latest-small, or what REELSTREAM_DATA names, if none
is given): its scores and EASE's together, neutral ratings as weak likes of people's vectors, both
by the sessions of `return` and `onboard`; and an explicit ALS for predicted stars, MLlib's.
`--quick` is one release's stars alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS

from batch.evaluation.contender_types import OURS, Contender, Contenders
from batch.evaluation.dataset import load, load_content
from batch.evaluation.factored_model import factored
from batch.evaluation.judging_libraries import judging_tools
from batch.evaluation.linear_models import ease
from batch.evaluation.options import Protocol
from batch.evaluation.outcome import Outcome
from batch.evaluation.session_protocols import session_protocols
from batch.evaluation.splits import at_random
from batch.evaluation.star_error import star_error
from batch.native_engine import Native
from batch.spark_sessions import Sessions, spark_sessions
from batch.training import Describe
from bench.benchmark_report import AsJson, Figure, Keep, report
from bench.quality import say
from bench.quality_report import K, Rows, ablation, joined, plain
from contracts.hyper_parameters import Parameters
from contracts.settings import from_environment
from recommender.biases import joint_biases
from recommender.metrics import rmse
from recommender.ratings import IndexedRatings, Pairs, Split
from recommender.scorers import Factored, Floats, HalfStars, Indices, Scorer
from reelstream.demo_data import find

WITH_EASE, WITH_NEUTRAL = "with EASE", "with neutral ratings"
RIDGE, SCALE = 100.0, 0.3
"""EASE's, and of its scores: the best of .3, .6, 1 and 2 on the searched halves."""
NEUTRAL_TARGET, NEUTRAL_WEIGHT = 0.6, 0.3
"""The best of seven pairs there; 1 and 1 are those of a like."""
SEEDS = (1, 2, 3, 4, 5)
EXPLICIT_RANK, EXPLICIT_ITERATIONS, EXPLICIT_RIDGES = 32, 15, (0.1, 0.2, 0.35)


@dataclass(frozen=True)
class Blended:
    """Scores of two models together."""

    ours: Factored
    other: Scorer

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """Ours, and a part of the other's."""
        one, other = (each.scores(movies, half_stars) for each in (self.ours, self.other))
        return None if one is None or other is None else one + np.float32(SCALE) * other


@dataclass(frozen=True)
class NeutralCounts:
    """Ours, where a neutral rating holds a person's vector to a lower target than a like."""

    ours: Factored

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """All movies' scores."""
        plain = self.ours.scores(movies, half_stars)
        rows, given = self.ours.rows(movies, half_stars)
        folder = self.ours.folder
        wanted = folder.wanted(given)
        neutral = wanted == 0
        if plain is None or not neutral.any():
            return plain
        unobserved = folder.model.parameters.unobserved_weight
        weights = np.where(neutral, NEUTRAL_WEIGHT, np.abs(wanted))
        pulls = folder.targets(wanted)
        pulls[neutral] = NEUTRAL_TARGET * (NEUTRAL_WEIGHT + unobserved)
        y = folder.model.factors[rows].astype(np.float64)
        ridge = folder.ridge(float((wanted > 0).sum())) * np.eye(y.shape[1])
        vector = np.linalg.solve(folder.gram + ridge + (y.T * weights) @ y, y.T @ pulls)
        vector[folder.model.parameters.rank :] += folder.in_common(rows, wanted)
        prior = folder.beta(given) * folder.model.prior
        plain[self.ours.known] = folder.model.factors @ vector.astype(np.float32) + prior
        return plain


def main(
    paths: Annotated[list[Path] | None, typer.Argument(help="MovieLens releases.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One release's stars alone.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge what was dropped."""
    releases = paths or [find(from_environment().data)]
    rows: list[Figure] = []
    with judging_tools(), spark_sessions("bench-tried", "2g") as session:
        for path in releases[:1] if quick else releases:
            seeds = SEEDS[:1] if quick else SEEDS
            rows += stars(path.name, load(path), load_content(path), seeds, session)
    if not quick:
        rows += lists([sessions(load(path), load_content(path)) for path in releases])
    report("tried", rows, as_json, keep)


def sessions(ratings: IndexedRatings, describe: Describe) -> list[Outcome]:
    """People who come back, and newcomers, with ours and what was tried beside it."""

    def line_up(split: str) -> Contenders:
        learned: list[Factored] = []

        def ours(train: IndexedRatings) -> Factored:
            if not learned:
                learned.append(factored(Parameters(), Native(2), describe)(train))
            return learned[0]

        tried: dict[str, Contender] = {
            OURS: ours,
            WITH_EASE: lambda train: Blended(ours(train), ease(RIDGE)(train)),
            WITH_NEUTRAL: lambda train: NeutralCounts(ours(train)),
        }
        return tried

    return session_protocols([Protocol.return_, Protocol.onboard], ratings, line_up, K, say)


def lists(outcomes: Sequence[Sequence[Outcome]]) -> Iterator[Figure]:
    """Ours over what was tried, all releases' people together."""
    together = [joined([one, *others]) for one, *others in zip(*outcomes, strict=True)]
    yield from ablation(Rows.of("pooled", together), (WITH_EASE, WITH_NEUTRAL))


def stars(
    name: str, ratings: IndexedRatings, describe: Describe, seeds: Sequence[int], session: Sessions
) -> Iterator[Figure]:
    """RMSE of predicted stars, and what an explicit ALS of its own gets, the mean over seeds."""
    splits = [at_random(seed)(ratings) for seed in seeds]
    learn = factored(Parameters(), Native(2), describe)
    ours = float(np.mean([star_error(learn(one.train), one).rmse for one in splits]))
    yield plain(f"{name}: RMSE of predicted stars, shipped", ours)
    for ridge in EXPLICIT_RIDGES:
        other = float(np.mean([explicit(one, ridge, session) for one in splits]))
        what = f"{name}: RMSE of predicted stars, biases and MLlib's explicit ALS, regParam {ridge}"
        yield plain(what, other)


def explicit(split: Split, ridge: float, session: Sessions) -> float:
    """RMSE of biases, and of MLlib's ALS on what those leave."""
    train, test, p = split.train, split.test, Parameters()
    pairs = Pairs.alike(train.users, train.movies, (len(train.user_ids), len(train.movie_ids)))
    given = train.half_stars.astype(np.float64)
    mean, damping = float(given.mean()), (p.user_damping, p.movie_damping)
    users, movies = joint_biases(pairs, given - mean, damping)
    spark = session()
    als = ALS(rank=EXPLICIT_RANK, maxIter=EXPLICIT_ITERATIONS, regParam=ridge, seed=1)
    left = given - mean - users[train.users] - movies[train.movies]
    model = als.fit(spark.createDataFrame(table(train, rating=left)))
    asked = spark.createDataFrame(table(test, row=np.arange(len(test))))
    found = model.transform(asked).toArrow().sort_by("row")
    residual = np.nan_to_num(found["prediction"].to_numpy())  # 0 for what it never saw
    predicted = mean + users[test.users] + movies[test.movies] + residual
    return rmse(np.clip(predicted, 1, 10) / 2, test.half_stars / 2)


def table(ratings: IndexedRatings, **columns: NDArray[Any]) -> pa.Table:
    """Ratings as MLlib takes them."""
    users, movies = ratings.users.astype(np.int32), ratings.movies.astype(np.int32)
    return pa.table({"user": users, "item": movies, **columns})


if __name__ == "__main__":
    typer.run(main)

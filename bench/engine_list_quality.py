"""Whether both engines produce equally good lists: `python -m bench.engine_list_quality`.

A million generated ratings for each of five seeds, a fifth of each held out; both engines learn the
rest with the parameters that MLlib gets where `auto` chooses it (the defaults, base likes
shared out), and are judged by NDCG@10 of two thousand users. `--quick` has one seed, a tenth of the
ratings and short vectors.
"""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from batch.engine_choice import Chosen, create_engine, engine_parameters
from batch.evaluation.dataset import load
from batch.evaluation.factored_model import factored
from batch.evaluation.list_quality import judge
from batch.evaluation.splits import at_random
from batch.spark_sessions import Sessions, spark_sessions
from bench.benchmark_report import AsJson, Figure, Keep, at_least, report
from bench.generate import SHAPE
from contracts.hyper_parameters import Parameters
from producer.generate import Shape, generate
from recommender.ratings import IndexedRatings, Split

RATINGS, QUICK_RATINGS = 1_000_000, 100_000
SEEDS = (1, 2, 3, 4, 5)
JUDGES, K, THREADS = 2_000, 10, 2
QUICK_RANK = 16
SAME = 0.98
ENGINES: tuple[Chosen, ...] = ("native", "mllib")


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One seed, fewer ratings.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge both engines' lists."""
    seeds = SEEDS[:1] if quick else SEEDS
    parameters = engine_parameters("mllib", Parameters(rank=QUICK_RANK) if quick else Parameters())
    found: dict[Chosen, list[float]] = {name: [] for name in ENGINES}
    with (
        tempfile.TemporaryDirectory() as folder,
        spark_sessions("bench-engine-list-quality", "6g") as sessions,
    ):
        for seed in seeds:
            split = made(Path(folder) / str(seed), QUICK_RATINGS if quick else RATINGS, seed)
            for name in ENGINES:
                sys.stderr.write(f"seed {seed}: {name}\n")
                found[name].append(ndcg(split, name, parameters, sessions))
    report(
        "engine_list_quality", figures(found, QUICK_RATINGS if quick else RATINGS), as_json, keep
    )


def made(folder: Path, count: int, seed: int) -> Split:
    """Generated ratings, a fifth held out; of that, what the judges rated."""
    users = round(SHAPE.users * count / SHAPE.ratings)
    generate(folder, Shape(users, SHAPE.movies, count, seed), lambda _: None)
    split = at_random(seed)(load(folder))
    return Split(split.train, of_judges(split.test, seed))


def of_judges(ratings: IndexedRatings, seed: int) -> IndexedRatings:
    """What some users rated."""
    everybody = len(ratings.user_ids)
    judges = np.random.default_rng(seed).permutation(everybody)[:JUDGES]
    return ratings.where(np.isin(ratings.users, judges))


def ndcg(split: Split, name: Chosen, parameters: Parameters, sessions: Sessions) -> float:
    """Of an engine's lists, the mean over the judges."""
    scorer = factored(parameters, create_engine(name, THREADS, sessions))(split.train)
    return float(judge(scorer, split, K).by_case["ndcg"].mean())


def figures(found: dict[Chosen, list[float]], ratings: int) -> list[Figure]:
    """Means over the seeds, and how near they are."""
    means = {name: float(np.mean(values)) for name, values in found.items()}
    apart = min(means["native"] / means["mllib"], means["mllib"] / means["native"])
    return [
        Figure("generated ratings", ratings, "", "", None),
        Figure("seeds", len(found["native"]), "", "", None),
        *(
            Figure(f"{name}, ndcg@{K}", round(mean, 4), "", "", None)
            for name, mean in means.items()
        ),
        at_least("the worse engine / the better one", round(apart, 4), "", SAME),
    ]


if __name__ == "__main__":
    typer.run(main)

"""Whether searches as ratings double keep up: `python -m bench.growth_search [RELEASE ...]`.

A release's ratings (those of ml-latest-small, or what REELSTREAM_DATA names, if none is given) and
generated ones are revealed in ten steps, in time order. The trainer's search runs when they have
doubled, a search by hand at every step; both learn from four fifths of what is revealed and are
judged by the rest. `--quick` is two steps of the first release with few trials.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.progress import track

from batch.evaluation.dataset import load, load_content
from batch.evaluation.factored_model import factored
from batch.evaluation.list_quality import judge
from batch.evaluation.splits import at_random
from batch.evaluation.star_error import star_error
from batch.evaluation.tuning import Searched, Tuning, in_memory, parameters_of, search
from batch.growth_search import GROWN
from batch.native_engine import Native
from batch.training import Describe
from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from contracts.hyper_parameters import Parameters
from contracts.settings import from_environment
from producer.generate import Shape, generate
from recommender.ratings import IndexedRatings, Split
from reelstream.demo_data import find

STEPS, TRIALS = 10, 30
QUICK_STEPS, QUICK_TRIALS = 2, 2
QUICK_SHARE = 0.1
"""Of the ratings: those that are revealed in the end."""
GENERATED = Shape(users=700, movies=3_000, ratings=100_000, seed=1)
K, THREADS, SEED = 10, 2, 1
WITHIN = 0.02


class Step(NamedTuple):
    """What was measured at a step, of parameters that grew and of those searched by hand."""

    ratings: int
    ndcg: tuple[float, float]
    rmse: tuple[float, float]


def main(
    paths: Annotated[list[Path] | None, typer.Argument(help="MovieLens releases.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Two steps, few trials.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Let ratings grow."""
    releases = paths or [find(from_environment().data)]
    rows: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        if not quick:
            generate(Path(folder) / "generated", GENERATED, lambda _: None)
            releases.append(Path(folder) / "generated")
        for path in releases:
            ratings, describe = load(path), load_content(path)
            if quick:
                ratings = ratings.where(slice(0, int(QUICK_SHARE * len(ratings))))
            count, trials = (QUICK_STEPS, QUICK_TRIALS) if quick else (STEPS, TRIALS)
            rows += figures(path.name, list(grown(ratings, describe, count, trials)))
    report("growth_search", rows, as_json, keep)


def grown(ratings: IndexedRatings, describe: Describe, count: int, trials: int) -> Iterator[Step]:
    """Reveal ratings in so many steps; the shipped parameters count as searched at the first."""
    kept, last = Parameters(), len(ratings) // count
    for number in track(range(1, count + 1), "revealing"):
        split = at_random(SEED)(ratings.where(slice(0, number * len(ratings) // count)))
        size = len(split.train) + len(split.test)
        if size >= GROWN * last:
            kept, last = searched(split.train, describe, kept, trials), size
        by_hand = searched(split.train, describe, Parameters(), trials)
        one, other = (measured(split, describe, each) for each in (kept, by_hand))
        yield Step(size, (one[0], other[0]), (one[1], other[1]))


def searched(
    train: IndexedRatings, describe: Describe, first: Parameters, trials: int
) -> Parameters:
    """What the trainer's search finds."""
    tuning = Tuning([Searched(train, describe)], "", Native(THREADS))
    return parameters_of(search(tuning, trials, in_memory, [first]), lambda *_: None)


def measured(split: Split, describe: Describe, parameters: Parameters) -> tuple[float, float]:
    """NDCG and RMSE of what these parameters learn."""
    model = factored(parameters, Native(THREADS), describe)(split.train)
    ndcg = judge(model, split, K).by_case["ndcg"].mean()
    return float(ndcg), star_error(model, split).rmse


def figures(name: str, steps: Sequence[Step]) -> Iterator[Figure]:
    """Ratios to the search by hand: the worst, and each step's."""
    ndcg = [step.ndcg[0] / step.ndcg[1] for step in steps]
    rmse = [step.rmse[0] / step.rmse[1] for step in steps]
    what = f"{name}: as ratings double / by hand at each step"
    yield at_least(f"{what}, NDCG@{K}, worst step", round(min(ndcg), 4), "", 1 - WITHIN)
    yield at_most(f"{what}, RMSE, worst step", round(max(rmse), 4), "", 1 + WITHIN)
    for step, *ratios in zip(steps, ndcg, rmse, strict=True):
        for metric, ratio, values in zip(("NDCG", "RMSE"), ratios, step[1:], strict=True):
            told = f"{name}, {step.ratings:,} ratings: {metric} {values[0]:.4f} / {values[1]:.4f}"
            yield Figure(told, round(ratio, 4), "", "", None)


if __name__ == "__main__":
    typer.run(main)

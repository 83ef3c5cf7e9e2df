"""The quality of lists and predicted stars: `python -m bench.quality [RELEASE ...]`.

The releases (ml-latest-small, or what REELSTREAM_DATA names, if none is given) by all protocols of
`reelstream batch evaluate`, with the shipped parameters in every row. Those were searched on the
first half in time of ml-latest-small and ml-100k alone, by `reelstream batch tune ml-latest-small
ml-100k --split cut-50 --trials 120 --out bench/tuned.json`. Beside them: the model of before lists
followed taste, and ours without one part each. `--quick` is one release, one random
split, fewer models, and no sessions.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from msgspec.structs import replace

from batch.evaluation.comparison_plot import draw
from batch.evaluation.contender_registry import EASE, NAMES, line_up
from batch.evaluation.contender_types import COSINE, LATELY, OURS, POPULAR, Contenders, LineUp
from batch.evaluation.dataset import load, load_content
from batch.evaluation.factored_model import factored
from batch.evaluation.holdout_protocol import lists_protocol
from batch.evaluation.judging_libraries import judging_tools
from batch.evaluation.named_splits import random_splits
from batch.evaluation.options import Protocol
from batch.evaluation.outcome import Outcome
from batch.evaluation.prequential_protocol import prequential
from batch.evaluation.ratings_only_parameters import RATINGS_ONLY
from batch.evaluation.session_protocols import session_protocols
from batch.native_engine import Native
from batch.spark_sessions import Sessions, spark_sessions
from batch.training import Describe
from bench.benchmark_report import AsJson, Keep, report
from bench.model_invariants import invariants
from bench.quality_report import BEFORE, K, Rows, of_release, pooled
from contracts.hyper_parameters import Parameters
from contracts.settings import from_environment
from recommender.ratings import IndexedRatings
from reelstream.demo_data import find

SEEDS = 5
OTHERS = (POPULAR, LATELY, COSINE, EASE)
BY_SESSIONS, IN_TIME = (OURS, POPULAR, EASE), (OURS, POPULAR, LATELY)
"""Fewer, where a model learns at ten cuts, or is asked about each event."""
OF_BEFORE = replace(RATINGS_ONLY, rank=128)
"""The shipped parameters at the commit that turned the popularity prior off."""
WITHOUT: Mapping[str, Parameters] = {
    "without imaginary users": replace(Parameters(), content_weight=0.0),
    "without content columns": replace(Parameters(), content_scale=0.0),
    "without content agreement": replace(Parameters(), content_agreement=0.0),
    "without the popularity exponent": replace(Parameters(), popularity_exponent=0.0),
    "without the prior": replace(Parameters(), prior_weights=(0.0, 0.0, 0.0)),
}


class Release(NamedTuple):
    """What is judged by."""

    name: str
    ratings: IndexedRatings
    describe: Describe


def main(
    paths: Annotated[list[Path] | None, typer.Argument(help="MovieLens releases.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One random split, fewer models.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Also draw the first one's here.")] = None,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge what batch trains beside others, and beside itself without each of its parts."""
    with judging_tools():
        found = paths or [find(from_environment().data)]
        releases = [Release(one.name, load(one), load_content(one)) for one in found]
        outcomes: list[list[Outcome]] = []
        with spark_sessions("bench-quality", "2g") as session:
            for release in releases[:1] if quick else releases:
                outcomes.append(list(judged(release, quick, session)))
        told = [Rows.of(one.name, of) for one, of in zip(releases, outcomes, strict=False)]
        rows = [row for one in told for row in of_release(one)]
        if not quick:
            rows += pooled(outcomes, list(WITHOUT))
        if picture:
            draw([row for row in told[0].measured if row.model in NAMES], picture)
        rows += invariants(releases[0].ratings, releases[0].describe)
    report("quality", rows, as_json, keep)


def judged(release: Release, quick: bool, session: Sessions) -> Iterator[Outcome]:
    """All protocols, or the one that is quick."""
    name, ratings, describe = release
    genres = describe(ratings.movie_ids).genres

    def told(what: str) -> None:
        say(f"{name}: {what}")

    names = (OURS, *OTHERS) if quick else NAMES
    every = taking_part(names, describe, session, ablated=False)
    splits = random_splits(1 if quick else SEEDS)
    yield lists_protocol("random", splits, ratings, genres, every, K, told)
    if quick:
        return
    yield lists_protocol("last", ["last"], ratings, genres, every, K, told)
    some = taking_part(BY_SESSIONS, describe, session, ablated=True)
    protocols = [Protocol.return_, Protocol.onboard]
    yield from session_protocols(protocols, ratings, some, K, told)
    in_time = taking_part(IN_TIME, describe, session, ablated=False)
    yield from prequential(ratings, in_time, K, told)


def taking_part(
    names: Sequence[str], describe: Describe, session: Sessions, *, ablated: bool
) -> LineUp:
    """These models; ours of before; and, if wanted, ours without one part each."""
    engine = Native(2)
    shipped = line_up(names, Parameters(), {}, engine, describe, session)
    kept = {BEFORE: OF_BEFORE} | (dict(WITHOUT) if ablated else {})
    ours = {name: factored(parameters, engine, describe) for name, parameters in kept.items()}

    def contenders(split: str) -> Contenders:
        return dict(shipped(split)) | ours

    return contenders


def say(what: str) -> None:
    """Tell people what is being done."""
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    typer.run(main)

"""What an evaluation works with: a release, models to compare, and Spark for one of them."""

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console

from batch.evaluation.comparison_plot import draw, require_drawable
from batch.evaluation.contender_registry import NAMES, line_up
from batch.evaluation.contender_types import LineUp
from batch.evaluation.dataset import load, load_content
from batch.evaluation.errors import NotTunedFor
from batch.evaluation.holdout_protocol import lists_protocol
from batch.evaluation.named_splits import random_splits
from batch.evaluation.options import Comparison, Protocol
from batch.evaluation.outcome import Outcome
from batch.evaluation.prequential_protocol import prequential
from batch.evaluation.result_rows import Compared, Measured, compared, measured
from batch.evaluation.session_protocols import CASES, CUTS, name_of, session_protocols
from batch.evaluation.tables import tables
from batch.evaluation.tuned_parameters import read
from batch.native_engine import Native
from batch.progress_line import Say, progress
from batch.spark_sessions import Sessions, spark_sessions
from batch.training import Describe
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings

PAGE_WIDTH = 200
"""Of tables that go to a file."""


class Judging(NamedTuple):
    """What all protocols share."""

    ratings: IndexedRatings
    genres: Sequence[Sequence[str]]
    taking_part: LineUp
    seeds: int
    k: int
    say: Say


def evaluate(path: Path, asked: Comparison, json: bool) -> None:
    """Compare models on a release, and print what was measured."""
    if asked.picture:
        require_drawable(asked.picture)
    with progress(json) as say, spark_sessions("reelstream-evaluate", "2g") as session:
        say("reading")
        ratings = load(path)
        describe = load_content(path)
        taking_part = _line_up(asked, describe, session)
        genres = describe(ratings.movie_ids).genres
        judging = Judging(ratings, genres, taking_part, asked.seeds, asked.k, say)
        outcomes = list(_outcomes(asked.protocols, judging))
    values = [row for outcome in outcomes for row in measured(outcome)]
    beside = [row for outcome in outcomes for row in compared(outcome)]
    if asked.picture:
        draw(values, asked.picture)
    judged = {row.protocol for row in values}
    _show(values, beside, [one.protocol for one in outcomes if one.protocol not in judged], json)


def _line_up(asked: Comparison, describe: Describe, session: Sessions) -> LineUp:
    known = _tuned(asked.tuned, _splits(asked)) if asked.tuned else {}
    engine = Native(os.cpu_count() or 1)
    return line_up(asked.models or list(NAMES), Parameters(), known, engine, describe, session)


def _tuned(path: Path, splits: Sequence[str]) -> dict[str, Parameters]:
    known = read(path)
    if lacking := [split for split in splits if split not in known]:
        raise NotTunedFor(f"{path} has no parameters for {', '.join(lacking)}")
    return known


def _splits(asked: Comparison) -> list[str]:
    """The names of all splits that models learn in."""
    cuts = [name_of(cut) for cut in CUTS]
    by_protocol = {
        Protocol.random: random_splits(asked.seeds),
        Protocol.last: ["last"],
        Protocol.return_: cuts,
        Protocol.onboard: cuts,
        Protocol.prequential: ["prequential"],
    }
    names = (name for one in asked.protocols for name in by_protocol[one])
    return list(dict.fromkeys(names))


def _outcomes(protocols: Collection[Protocol], judging: Judging) -> Iterator[Outcome]:
    ratings, genres, taking_part, seeds, k, say = judging
    if Protocol.random in protocols:
        yield lists_protocol("random", random_splits(seeds), ratings, genres, taking_part, k, say)
    if Protocol.last in protocols:
        yield lists_protocol("last", ["last"], ratings, genres, taking_part, k, say)
    if not CASES.keys().isdisjoint(protocols):
        yield from session_protocols(protocols, ratings, taking_part, k, say)
    if Protocol.prequential in protocols:
        yield from prequential(ratings, taking_part, k, say)


def _show(values: list[Measured], beside: list[Compared], unjudged: list[str], json: bool) -> None:
    if json:
        found = msgspec.json.encode({"measured": values, "compared": beside, "unjudged": unjudged})
        sys.stdout.write(found.decode() + "\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=PAGE_WIDTH)
    for table in tables(values, beside):
        console.print(table)
    for protocol in unjudged:
        console.print(f"{protocol}: nobody to judge by in this release")

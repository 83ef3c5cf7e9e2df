"""The quality of lists and predicted stars: `python -m bench.model_quality`.

ml-latest-small (or what REELSTREAM_DATA names), by the three protocols of `reelstream batch
evaluate`. Each split's hyper-parameters were chosen on its own training side (`bench/tuned.json`,
which `reelstream batch tune DATA --split NAME --out bench/tuned.json` writes again, for NAME
random-1 to random-5, last and prequential): no judged rating took part. `--quick` is one random
split and fewer models.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from batch.evaluation.comparison_plot import draw
from batch.evaluation.contender_registry import EASE, NAMES, line_up
from batch.evaluation.contenders import factored
from batch.evaluation.dataset import load, load_content
from batch.evaluation.options import Protocol
from batch.evaluation.prequential_protocol import FROZEN, prequential
from batch.evaluation.protocols import (
    COSINE,
    LATELY,
    OURS,
    POPULAR,
    Outcome,
    lists_protocol,
    random_splits,
)
from batch.evaluation.result_rows import Compared, Measured, compared, measured
from batch.evaluation.runtime import judging_tools
from batch.evaluation.session_protocols import session_protocols
from batch.evaluation.splits import in_time
from batch.evaluation.tuned_parameters import read
from batch.native_engine import Native
from batch.spark_sessions import Sessions, spark_sessions
from batch.training import Describe, train
from bench.figures import AsJson, Figure, Keep, at_least, at_most, report
from contracts.artefact import Parameters
from contracts.settings import from_environment
from harness.batch.checkerboard import MISSING, checkerboard
from recommender.fold_in import Folder
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored
from reelstream.demo_data import find

TUNED = Path(__file__).with_name("tuned.json")
QUICK_NAMES = (OURS, POPULAR, LATELY, COSINE, EASE)
SEEDS = 5
NDCG, TO_EASE, RMSE = 0.300, 0.98, 0.852
TIMES, AT_LEAST_TIMES = 1.40, 1.15
K = 10
HIT_RATE, LIST, STRATIFIED = f"hit_rate@{K}", f"ndcg@{K}", f"ndcg_stratified@{K}"
KNOWN = "known at the cut"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One random split, fewer models.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Also draw this file.")] = None,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge what batch trains beside others."""
    with judging_tools():
        data = find(from_environment().data)
        ratings = load(data)
        describe = load_content(data)
        seeds = 1 if quick else SEEDS
        with spark_sessions("bench-model-quality", "2g") as session:
            outcomes = judged(ratings, describe, QUICK_NAMES if quick else NAMES, seeds, session)
            if not quick:
                outcomes += by_sessions(ratings, describe, session)
            defaults = with_defaults(ratings, describe, seeds, session)
        values = [row for outcome in outcomes for row in measured(outcome)]
        metadata = [row for outcome in outcomes for row in compared(outcome)]
        if picture:
            draw(values, picture)
        rows = [*figures(values, metadata), *defaults, *properties(ratings)]
    report("model_quality", rows, as_json, keep)


def judged(
    ratings: IndexedRatings, describe: Describe, names: Sequence[str], seeds: int, session: Sessions
) -> list[Outcome]:
    """The protocols of single ratings, each split with its own parameters."""
    taking_part = line_up(names, Parameters(), read(TUNED), Native(2), describe, session)
    genres = describe(ratings.movie_ids).genres
    return [
        lists_protocol("random", random_splits(seeds), ratings, genres, taking_part, K, say),
        lists_protocol("last", ["last"], ratings, genres, taking_part, K, say),
        *prequential(ratings, taking_part, K, say),
    ]


def by_sessions(ratings: IndexedRatings, describe: Describe, session: Sessions) -> list[Outcome]:
    """`return` and `onboard` with the shipped parameters.

    They were chosen on the first four fifths in time: windows before that claim nothing.
    """
    shipped = line_up(NAMES, Parameters(), {}, Native(2), describe, session)
    return session_protocols([Protocol.return_, Protocol.onboard], ratings, shipped, K, say)


def say(what: str) -> None:
    """Tell people what is being done."""
    sys.stderr.write(f"{what}\n")


def figures(values: Sequence[Measured], beside: Sequence[Compared]) -> Iterator[Figure]:
    """What the measured page holds, protocol by protocol."""
    found = {(row.protocol, row.group, row.metric, row.model): row for row in values}
    versus = {(row.protocol, row.group, row.metric, row.beside): row for row in beside}
    yield from _models(values, "random", LIST)
    ours = found["random", "all", LIST, OURS]
    yield at_least(f"random: {OURS}, {LIST}, mean of the seeds", rounded(ours.value), "", NDCG)
    yield from _spread("random", ours)
    to_ease = versus["random", "all", LIST, EASE]
    yield at_least(f"random: {OURS} / {EASE}, {LIST}", rounded(to_ease.ratio), "", TO_EASE)
    yield Figure("random: from", rounded(to_ease.ratio_low), "", "", None)
    yield Figure("random: to", rounded(to_ease.ratio_high), "", "", None)
    stars = found["random", "all", "rmse", OURS]
    yield at_most("random: RMSE of predicted stars", rounded(stars.value), "", RMSE)
    mae = found["random", "all", "mae", OURS]
    yield Figure("random: MAE of predicted stars", rounded(mae.value), "", "", None)
    for protocol, metric in (("last", LIST), ("prequential", HIT_RATE)):
        yield from _models(values, protocol, metric)
        for other in (POPULAR, LATELY, COSINE):
            row = versus[protocol, "all", metric, other]
            yield above(f"{protocol}: {OURS} - {other}, {metric}, at least", row.low, 0)
    yield from _models(values, "return", LIST)
    yield from _models(values, "return", STRATIFIED)
    for given in ("1 like", "3 likes", "5 likes"):
        yield from _models(values, "onboard", LIST, given)
    yield from _models(values, "onboard", STRATIFIED, "5 likes")
    for group in ("all", KNOWN):
        for other in (FROZEN, POPULAR):
            yield from _times(versus["prequential", group, HIT_RATE, other])
    yield from _groups(values)


def _models(
    values: Sequence[Measured], protocol: str, metric: str, group: str = "all"
) -> Iterator[Figure]:
    wanted = protocol, group, metric
    rows = [row for row in values if (row.protocol, row.group, row.metric) == wanted]
    where = protocol if group == "all" else f"{protocol} after {group}"
    for row in sorted(rows, key=lambda one: -one.value):
        yield Figure(f"{where}: {row.model}, {metric}", rounded(row.value), "", "", None)


def _spread(protocol: str, row: Measured) -> Iterator[Figure]:
    yield Figure(f"{protocol}: {row.model}, {row.metric}, from", rounded(row.low), "", "", None)
    yield Figure(f"{protocol}: {row.model}, {row.metric}, to", rounded(row.high), "", "", None)


def _times(row: Compared) -> Iterator[Figure]:
    what = f"prequential, {row.group}: live / {row.beside}, {row.metric}"
    yield at_least(what, rounded(row.ratio), "", TIMES)
    yield above(f"{what}, at least", row.ratio_low, AT_LEAST_TIMES)


def _groups(values: Sequence[Measured]) -> Iterator[Figure]:
    """Hit rates by what is known of the user, which the measured page explains."""
    for row in values:
        shown = row.model in {OURS, POPULAR} and row.metric == HIT_RATE
        if row.protocol == "prequential" and row.group != "all" and shown:
            what = f"prequential, {row.group}: {row.model}, {HIT_RATE}"
            yield Figure(what, rounded(row.value), "", "", None)
            if row.model == OURS:
                yield Figure(f"prequential, {row.group}: cases", row.cases, "", "", None)


def with_defaults(
    ratings: IndexedRatings, describe: Describe, seeds: int, session: Sessions
) -> list[Figure]:
    """The random splits once more with the parameters that batch trains with.

    They were chosen on the first four fifths in time, so that these figures claim nothing.
    """
    taking_part = line_up([OURS], Parameters(), {}, Native(2), describe, session)
    genres = describe(ratings.movie_ids).genres
    splits = random_splits(seeds)
    rows = measured(lists_protocol("random", splits, ratings, genres, taking_part, K, say))
    wanted = {row.metric: row.value for row in rows}
    return [
        Figure(f"random, the defaults: {name}", rounded(wanted[name]), "", "", None)
        for name in (LIST, "rmse", "probe", "overlap")
    ]


def properties(ratings: IndexedRatings) -> list[Figure]:
    """What holds whatever the data: each a count of exceptions."""
    parameters = Parameters(rank=4, base_likes=0)
    board = checkerboard()
    one, again = (train(board.rated, parameters, Native(threads)) for threads in (1, 2))
    folder = Folder(one)
    first = {user: int(folder.ranked(h, 1).movies[0]) for user, h in board.histories()}
    differ = int((one.factors.view(np.int32) != again.factors.view(np.int32)).sum())
    model = factored(Parameters(), Native(2))(in_time(ratings).train)
    return [
        at_most("1-star ratings that raise the movie's own score", raised(model, ratings), "", 0),
        at_most("1-star ratings that make a list", liked_by_dislikes(model), "", 0),
        at_most(
            "checkerboard: users whose missing movie is not first",
            sum(first[user] != movie for user, movie in MISSING.items()),
            "",
            0,
        ),
        at_most("numbers that differ between two runs of a seed", differ, "", 0),
    ]


def raised(model: Factored, ratings: IndexedRatings) -> int:
    """Of everybody's ten best open movies: how many score higher once they have one star."""
    count = 0
    one_star = np.array([2], np.uint8)
    for user in range(0, len(ratings.user_ids), 10):
        mine = ratings.users == user
        rows, stars = model.rows(ratings.movies[mine], ratings.half_stars[mine])
        before = model.folder.scores(rows, stars)
        if before is None:
            continue
        own = before - model.folder.beta(stars) * model.folder.model.prior
        best = np.setdiff1d(np.argsort(-own)[:50], rows)[:10]
        for movie in best[own[best] > 0]:
            after = model.folder.vector(np.append(rows, movie), np.append(stars, one_star))
            assert after is not None
            count += int(model.folder.model.factors[movie] @ after >= own[movie])
    return count


def liked_by_dislikes(model: Factored) -> int:
    """How many of the movies make a list for somebody who gave nothing but one star to them."""
    stars = np.array([2], np.uint8)
    rows = range(len(model.folder.model.movies))
    return sum(model.folder.scores(np.array([row]), stars) is not None for row in rows)


def above(figure: str, value: float, limit: float) -> Figure:
    """A figure that must be greater than a limit."""
    return Figure(figure, rounded(value), "", f"> {limit:g}", value > limit)


def rounded(value: float) -> float:
    """Four digits: more would say nothing."""
    return round(value, 4)


if __name__ == "__main__":
    typer.run(main)

"""A sequence model beside ours: `python -m bench.sequence [RELEASE ...]`; needs the extra `deep`.

SASRec, ours with the shipped parameters, and what is popular, on releases (ml-latest-small, or what
REELSTREAM_DATA names, if none is given): the prequential protocol by the time since the person's
last rating and with its control, and `return` and `onboard` at two cuts. SASRec chooses its epochs,
dropout and learning rate on the newest tenth of what it learns from: for the prequential protocol
by the hit rate there, for the others by the NDCG of lists. `--quick` is the oldest tenth of one
release, and one epoch.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer

from batch.evaluation.contender_types import OURS, POPULAR, Contender, Contenders
from batch.evaluation.dataset import load, load_content
from batch.evaluation.factored_model import factored
from batch.evaluation.list_quality import judge
from batch.evaluation.options import Protocol
from batch.evaluation.outcome import Outcome
from batch.evaluation.popularity_models import popular
from batch.evaluation.prequential_protocol import GAP_GROUPS, SHUFFLED, prequential
from batch.evaluation.result_rows import compared, measured
from batch.evaluation.session_protocols import group_of, session_protocols
from batch.evaluation.splits import at_cut
from batch.native_engine import Native
from batch.progress_line import Say
from bench.benchmark_report import AsJson, Figure, Keep, report
from bench.quality_report import HIT_RATE, LIST, K, plain
from contracts.hyper_parameters import Parameters
from contracts.process_exit import USAGE, Failure
from contracts.settings import from_environment
from recommender.prequential_evaluation import run_prequential
from recommender.prequential_models import Live
from recommender.ratings import IndexedRatings, Split
from recommender.scorers import Popular, Scorer, likes_of
from reelstream.demo_data import find

SASREC = "sasrec"
MODELS = (SASREC, OURS, POPULAR)
CUTS = (50, 75)
"""Fewer than usual: a sequence model learns for minutes at each."""
JUDGED = {Protocol.return_: "all", Protocol.onboard: group_of(5)}
"""The groups of session protocols that are told of."""
GROUPS = {"all", *GAP_GROUPS, *JUDGED.values()}
TAIL, QUICK_SHARE = 0.1, 0.1


class Setting(NamedTuple):
    """What SASRec chooses."""

    epochs: int
    dropout: float
    learning_rate: float


Trainer = Callable[[int, float, float], Contender]
"""SASRec of a setting."""
Value = Callable[[Scorer, Split], float]
"""What is greater for a better model."""
SEARCHED = (
    Setting(10, 0.3, 0.003),
    Setting(16, 0.3, 0.003),
    Setting(20, 0.5, 0.003),
    Setting(6, 0.3, 0.006),
)
QUICK = (Setting(1, 0.3, 0.003),)


def main(
    paths: Annotated[list[Path] | None, typer.Argument(help="MovieLens releases.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of one, one epoch.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge a sequence model beside ours."""
    trainer = sequence_model()
    releases = paths or [find(from_environment().data)]
    rows: list[Figure] = []
    for path in releases[:1] if quick else releases:
        ratings = load(path)
        if quick:
            ratings = ratings.where(slice(0, int(QUICK_SHARE * len(ratings))))
        settings = QUICK if quick else SEARCHED
        for outcome in judged(path, ratings, trainer, settings):
            rows += figures(path.name, outcome)
    report("sequence", rows, as_json, keep)


def sequence_model() -> Trainer:
    """SASRec, if JAX is there.

    Raises:
        typer.Exit: with 2 if it is not; what to do is on stderr.
    """
    try:
        from bench.sequence_model import sasrec
    except ModuleNotFoundError as error:
        if error.name != "jax":
            raise
        what_to_do = "pip install --require-hashes -r locks/deep.lock"
        failure = Failure("the sequence model needs JAX", "bench.sequence", what_to_do, USAGE)
        sys.stderr.write(f"error: {failure.line}\n")
        raise typer.Exit(failure.code) from error
    return sasrec


def judged(
    path: Path, ratings: IndexedRatings, trainer: Trainer, settings: Sequence[Setting]
) -> Iterator[Outcome]:
    """All protocols."""
    ours = factored(Parameters(), Native(2), load_content(path))

    def told(what: str) -> None:
        sys.stderr.write(f"{path.name}, {what}\n")

    def contenders(value: Value) -> Contenders:
        best = best_on_tail(trainer, settings, value, told)
        return {SASREC: best, OURS: ours, POPULAR: popular}

    yield from prequential(ratings, lambda _: contenders(hit_rate), K, told)
    best = contenders(list_ndcg)
    yield from session_protocols(list(JUDGED), ratings, lambda _: best, K, told, cuts=CUTS)


def best_on_tail(
    trainer: Trainer, settings: Sequence[Setting], value: Value, told: Say
) -> Contender:
    """The setting that is best for the newest tenth, trained again on everything."""

    def learned(train: IndexedRatings) -> Scorer:
        part = at_cut(1 - TAIL)(train)
        values = [value(trainer(*setting)(part.train), part) for setting in settings]
        for setting, found in zip(settings, values, strict=True):
            told(f"{setting}: {found:.4f}")
        return trainer(*settings[int(np.argmax(values))])(train)

    return learned


def hit_rate(scorer: Scorer, split: Split) -> float:
    """Of each like, scored by everything before it."""
    live = Live(scorer, Popular(likes_of(split.train)))
    return float((run_prequential(split, {SASREC: live}).ranks[SASREC] < K).mean())


def list_ndcg(scorer: Scorer, split: Split) -> float:
    """Of a list for everybody, against all later likes."""
    return float(judge(scorer, split, K).by_case["ndcg"].mean())


def figures(release: str, outcome: Outcome) -> Iterator[Figure]:
    """Every model's value, and the sequence model's beside ours; of the control, in all."""
    values = {(one.group, one.metric, one.model): one for one in measured(outcome)}
    groups = {"all"} if outcome.protocol == SHUFFLED else GROUPS
    metric = LIST if outcome.protocol in JUDGED else HIT_RATE
    for row in compared(outcome, SASREC):
        if row.beside != OURS or row.metric != metric or row.group not in groups:
            continue
        group = "" if row.group == "all" else f", {row.group}"
        where = f"{release}, {outcome.protocol}{group}"
        yield plain(f"{where}: cases", values[row.group, row.metric, OURS].cases)
        for model in MODELS:
            value = values[row.group, row.metric, model].value
            yield plain(f"{where}: {model}, {row.metric}", value)
        what = f"{where}: {SASREC} / {OURS}, {row.metric}"
        yield plain(what, row.ratio)
        yield plain(f"{what}, from", row.ratio_low)
        yield plain(f"{what}, to", row.ratio_high)


if __name__ == "__main__":
    typer.run(main)

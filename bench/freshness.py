"""How soon a rating is reflected in its rater's list: `python -m bench.freshness`.

Real broker and Redis, one speed worker, a million generated ratings of 27 thousand movies, a model
of rank 64. Ratings come at 100, 500 and 1,000 a second, and nobody waits for anybody; among them
twenty a second are watched: from when they were due to be sent until the API's reader finds a list
that reflects them (`bench.freshness_probe`). The longest stop is how long none at all was applied.
First the worker is alone; then the Spark application runs beside it, and a trainer at niceness 19
that retrains on the million again and again. How long the worker took to load the million from the
event log is told, too. `--quick` has 50 thousand ratings and one rate, alone.
"""

import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from typing import Annotated, NamedTuple

import typer

from batch.build_lists import content_of, make
from batch.engine_choice import create_engine
from batch.snapshot import take
from batch.spark_sessions import spark_sessions
from batch.training import train_screened
from bench.benchmark_report import AsJson, Figure, Keep, at_most, percentile, report
from bench.fixtures import (
    PARTITIONS,
    REELSTREAM,
    STREAMING,
    WITHIN_S,
    prepared_settings,
    reflected,
    scratch_services,
    started,
)
from bench.freshness_probe import Watched, through_reader, watched
from bench.replay_fixtures import trickle
from bench.stall_timer import Stalls
from contracts.clock import now_ms
from contracts.hyper_parameters import Parameters
from contracts.settings import Settings
from event_log import Storage, ends
from harness.eventually import eventually
from harness.services import Services, environment_of
from redis_store.connection import connect
from redis_store.versions import VersionStore
from reelstream.local_stack import TRAINER_NICE

MOVIES, RANK, THREADS = 27_000, 64, 2
P50_MS, P99_MS, AT_RATE = 50, 250, 500
STOPPED_S = 5
LOADED_WITHIN_S, SETTLE_S = 90, 5
ALONE, BESIDE = "alone", "beside Spark and a retrain"


class Plan(NamedTuple):
    """How much is loaded, at which rates ratings come, and for how many seconds each."""

    ratings: int
    users: int
    rates: tuple[int, ...]
    seconds: int


FULL, QUICK = Plan(1_000_000, 6_988, (100, 500, 1_000), 60), Plan(50_000, 350, (100,), 8)


class Found(NamedTuple):
    """What was measured at a rate.

    Attributes:
        applied_per_s: ratings.
        stopped_s: the longest that none were applied.
        took: those that were watched.
    """

    metadata: str
    rate: int
    applied_per_s: float
    stopped_s: float
    took: list[Watched]


class Stage(NamedTuple):
    """Where everything is, and what processes are told."""

    plan: Plan
    folder: Path
    settings: Settings
    variables: dict[str, str]
    movies: list[int]
    """That the model knows."""

    @property
    def log(self) -> Storage:
        """The event log."""
        return Storage.of(self.settings.log_address)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Few ratings, one rate, alone.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure from sent to readable, at several rates, alone and beside Spark and a retrain."""
    plan = QUICK if quick else FULL
    with scratch_services() as (folder, services):
        stage = prepared(folder, services, plan)
        with started([*REELSTREAM, "speed", "run"], stage.variables, folder / "speed.err"):
            loaded_s = loaded(stage)
            found = list(measured(stage, ALONE))
            if not quick:
                with spark(stage), retraining(stage):
                    found += measured(stage, BESIDE)
    report("freshness", [*about(plan, loaded_s), *figures(found)], as_json, keep)


def prepared(folder: Path, services: Services, plan: Plan) -> Stage:
    """A million ratings in topic and event log, and a model of them in Redis."""
    more = 2 * sum(plan.rates) * (plan.seconds + 2 * SETTLE_S)
    settings = prepared_settings(folder, services, plan.ratings + more, plan.users, MOVIES)
    variables = environment_of(settings, services.java_home) | {"OPENBLAS_NUM_THREADS": "1"}
    stage = Stage(plan, folder, settings, variables, [])
    words = ["--until", str(plan.ratings), "--clock", "original"]
    replay = [*REELSTREAM, "producer", "replay", str(folder / "set"), *words]
    with spark(stage):
        run(replay, env=variables, check=True, capture_output=True)
        eventually(
            lambda: sum(ends(stage.log).values()) >= plan.ratings,
            WITHIN_S,
            "history in the event log",
        )
    return stage._replace(movies=publish(stage))


def publish(stage: Stage) -> list[int]:
    """Train on the event log, and publish; the movies of the model."""
    snapshot = take(stage.log, ends(stage.log))
    with spark_sessions("bench-freshness", "1g") as sessions:
        native = create_engine("native", THREADS, sessions)
        model = train_screened(snapshot.rated, Parameters(rank=RANK), native).model
    content = content_of(None, model.movies)
    store = VersionStore(connect(stage.settings.redis_url, 60), stage.settings.keys)
    store.publish(model, make(1, model, snapshot, PARTITIONS, now_ms(), content))
    store.activate(1, snapshot.offsets, 1, now_ms())
    return [int(movie) for movie in model.movies]


@contextmanager
def spark(stage: Stage) -> Iterator[None]:
    """Within, the Spark application runs."""
    with started([*STREAMING, "run"], stage.variables, stage.folder / "streaming.err"):
        yield


@contextmanager
def retraining(stage: Stage) -> Iterator[None]:
    """Within, a trainer that gives way to all others retrains again and again."""
    again = stage.folder / "again"
    again.mkdir()
    (again / "log").symlink_to(stage.settings.log_address)
    words = [sys.executable, "-m", "bench.retrain_once", str(again), stage.settings.redis_url]
    loop = f"while {shlex.join([*words, 'native'])}; do :; done"
    command = ["nice", "-n", str(TRAINER_NICE), "sh", "-c", loop]
    with started(command, stage.variables, stage.folder / "trainer.err"):
        time.sleep(SETTLE_S)  # it reads the log, Spark catches up
        yield


def loaded(stage: Stage) -> float:
    """Seconds until the worker, which has begun now, has applied everything."""
    began = time.monotonic()
    eventually(lambda: reflected(stage.settings) >= stage.plan.ratings, WITHIN_S, "histories")
    return time.monotonic() - began


def measured(stage: Stage, metadata: str) -> Iterator[Found]:
    """Every rate."""
    plan = stage.plan
    for rate in plan.rates:
        sys.stderr.write(f"{rate} ratings a second, {metadata}\n")
        first = reflected(stage.settings)
        errors = stage.folder / "trickle.err"
        with trickle(stage.folder / "set", first, rate, stage.variables, errors):
            time.sleep(SETTLE_S)  # the producer starts, and the first lists are made
            before, began = reflected(stage.settings), time.monotonic()
            with Stalls(lambda: reflected(stage.settings)) as stops:
                reads = through_reader(stage.settings)
                took = watched(stage.settings, plan.users, stage.movies, plan.seconds, reads)
            applied = (reflected(stage.settings) - before) / (time.monotonic() - began)
        yield Found(metadata, rate, applied, stops.longest_s, took)


def about(plan: Plan, loaded_s: float) -> list[Figure]:
    """What it was measured on, and how soon that was loaded."""
    return [
        Figure("ratings", plan.ratings, "", "", None),
        Figure("movies", MOVIES, "", "", None),
        Figure("rank", RANK, "", "", None),
        at_most("loaded from the event log", round(loaded_s, 1), "s", LOADED_WITHIN_S),
    ]


def figures(found: list[Found]) -> list[Figure]:
    """Percentiles of each rate."""
    rows: list[Figure] = []
    for metadata, rate, applied, stopped_s, took in found:
        readable = [one.readable for one in took]
        p50, p95, p99 = (round(percentile(readable, percent)) for percent in (50, 95, 99))
        sent_p99 = round(percentile([one.appended for one in took], 99))
        name = f"{rate} a second, {metadata}"
        judged = rate == AT_RATE and metadata == BESIDE
        rows += [
            Figure(f"{name}: applied", round(applied), "1/s", "", None),
            at_most(f"{name}: longest stop", round(stopped_s, 1), "s", STOPPED_S),
            limited(f"{name}: p50", p50, P50_MS if judged else None),
            Figure(f"{name}: p95", p95, "ms", "", None),
            limited(f"{name}: p99", p99, P99_MS if judged else None),
            Figure(f"{name}: p99 until Kafka has it", sent_p99, "ms", "", None),
        ]
    return rows


def limited(name: str, ms: int, limit: int | None) -> Figure:
    """A time, with a limit if there is one."""
    return Figure(name, ms, "ms", "", None) if limit is None else at_most(name, ms, "ms", limit)


if __name__ == "__main__":
    typer.run(main)

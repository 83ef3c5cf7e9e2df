"""The speed layer beside a Spark query with state: `python -m bench.stateful_lists`.

Both fold ratings into the same random model of rank 64 over nine thousand movies, from topics of
their own on one broker, and write lists of a hundred movies to one Redis: a speed worker, and
`transformWithState` with RocksDB (`bench.stateful_query`). They take turns. Ratings come at a
hundred a second; twenty a second besides are watched, from when they were due until their list is
readable. Processor time is that of all processes of a side. `--quick` has one short turn.
"""

import statistics
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.benchmark_report import AsJson, Figure, Keep, percentile, report
from bench.cpu_timer import Since, cpu_s
from bench.fixtures import WITHIN_S, scratch_services, started, with_topics
from bench.fold_in import RANK
from bench.freshness_probe import Reflects, Watched, through_reader, watched
from bench.replay_fixtures import trickle
from bench.speed_layer_fixture import layer, warm, working
from contracts.settings import Settings
from harness.eventually import eventually
from harness.killable_system import next_offsets
from harness.services import Services, environment_of
from producer.generate import Shape, generate
from redis_store.connection import connect

SPEED, SPARK = "speed layer", "transformWithState"
MOVIES, PEOPLE, PER_S, STARTS_S = 9_000, 2_000, 100, 5
TURNS, QUICK_TURNS, SECONDS, QUICK_SECONDS = 2, 1, 40, 10


class QueryEnded(RuntimeError):
    """A query that has failed; its last lines."""


class Turn(NamedTuple):
    """What was watched, and microseconds of processor time for each rating meanwhile."""

    took: list[Watched]
    us: float


class Side(NamedTuple):
    """Where a side's ratings go, its process, and how its lists are read."""

    settings: Settings
    pid: int
    reads: Reflects


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One short turn.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Let both follow ratings, in turns."""
    turns, seconds = (QUICK_TURNS, QUICK_SECONDS) if quick else (TURNS, SECONDS)
    found: dict[str, list[Turn]] = {SPEED: [], SPARK: []}
    with scratch_services() as (folder, services):
        ratings = (PER_S + 1) * (seconds + 2 * STARTS_S) * 2
        generate(folder / "set", Shape(PEOPLE, MOVIES, ratings, seed=1), lambda _: None)
        for turn in range(turns):
            for name, begun in SIDES.items():
                sys.stderr.write(f"{name}, turn {turn + 1}\n")
                with begun(folder, services) as side:
                    found[name].append(followed(side, folder, services, seconds))
    report("stateful_lists", list(figures(found)), as_json, keep)


@contextmanager
def speed(folder: Path, services: Services) -> Iterator[Side]:
    """Within, a speed worker that has made lists."""
    own = layer(folder, services, MOVIES)
    with working(own, 1) as (worker,):
        warm(own)
        yield Side(own.settings, worker.pid, through_reader(own.settings))


@contextmanager
def spark(folder: Path, services: Services) -> Iterator[Side]:
    """Within, a Spark query that has made lists."""
    settings = with_topics(services, folder / "unused")
    own = folder / settings.topic_prefix.strip(".")
    own.mkdir()
    words = [settings.kafka, settings.topics.ratings, str(own), str(services.connector_jars)]
    words += [settings.redis_url, settings.key_prefix, str(MOVIES)]
    command = [sys.executable, "-m", "bench.stateful_query", *words]
    store, said = connect(settings.redis_url, 60), own / "said"
    variables = environment_of(settings, services.java_home) | {"OPENBLAS_NUM_THREADS": "1"}
    with closing(store), started(command, variables, said) as process:

        def reads(user: int, offset: int) -> bool:
            if process.poll() is not None:
                raise QueryEnded(said.read_text(errors="replace")[-2000:])
            return int(store.hget(f"{settings.key_prefix}{user}", "next") or 0) > offset

        side = Side(settings, process.pid, reads)
        watched(settings, PEOPLE, range(1, MOVIES + 1), 1, reads)
        yield side


SIDES = {SPEED: speed, SPARK: spark}


def followed(side: Side, folder: Path, services: Services, seconds: int) -> Turn:
    """Ratings for so many seconds."""
    variables = environment_of(side.settings, services.java_home)
    with trickle(folder / "set", 0, PER_S, variables, folder / "trickle.err"):
        first = sent(side)
        eventually(lambda: sent(side) > first + PER_S * STARTS_S, WITHIN_S, "ratings", 0.1)
        before, began = sent(side), Since(partial(cpu_s, side.pid))
        took = watched(side.settings, PEOPLE, range(1, MOVIES + 1), seconds, side.reads)
        return Turn(took, began.cost(sent(side) - before).us)


def sent(side: Side) -> int:
    """Records of a side's topic."""
    settings = side.settings
    found = next_offsets(settings.kafka, settings.topics.ratings, settings.partitions)
    return sum(found.values())


def figures(found: dict[str, list[Turn]]) -> Iterator[Figure]:
    """Percentiles over all turns, and processor time by turns."""
    yield Figure("movies", MOVIES, "", "", None)
    yield Figure("rank", RANK, "", "", None)
    yield Figure("ratings a second, about", PER_S, "", "", None)
    for name, turns in found.items():
        readable = [one.readable for turn in turns for one in turn.took]
        for percent in (50, 99):
            value = round(percentile(readable, percent))
            yield Figure(f"p{percent} to a readable list: {name}", value, "ms", "", None)
        us = statistics.median(turn.us for turn in turns)
        yield Figure(f"processor time of a rating: {name}", round(us), "µs", "", None)


if __name__ == "__main__":
    typer.run(main)

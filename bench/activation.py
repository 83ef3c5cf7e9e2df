"""The cost of an activation in the speed layer: `python -m bench.activation`.

Real broker and Redis, one speed worker, a model of rank 64 over 27 thousand movies, and five
thousand people with a hundred ratings each in the mean, all of whose lists are made. Then another
version is activated whose snapshot reflects none of these ratings, so that every list is owed
again; and then the first is activated again, which is a rollback. Reports the seconds from each
until the first list of the version is there, and until all are; how many lists the worker makes in
a second of its processor from the activation on, the loading of the model and all else that it
does meanwhile included; and whether really everybody has one.

Ratings trickle at 100 a second all the time, and twenty a second besides are watched
(`bench.freshness_probe`): how long these take until the API's reader has a list that reflects them,
before the activation and while lists are owed. `--quick` has a tenth of the people, and shorter
looks.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, percentile, report
from bench.cpu_timer import Cost, Since, cpu_s
from bench.fixtures import PARTITIONS, WITHIN_S, scratch_services
from bench.fold_in import RANK
from bench.freshness_probe import WATCHED_PER_S, Watched, through_reader, watched
from bench.replay_fixtures import replay_now, trickle
from bench.speed_layer_fixture import Layer, layer, working
from contracts.partitioner import partition_of
from harness.eventually import eventually
from producer.generate import Shape, generate
from redis_store.speed import SpeedStore

MOVIES, EACH = 27_000, 100
TRICKLE_PER_S, STARTS_S = 100, 5
FIRST_WITHIN_S, ALL_WITHIN_S, LISTS_A_CPU_S = 1, 10, 500
LOOK_EVERY_S = 0.005
AFTER = {"activation": 2, "rollback": 1}
"""Versions, in the order in which they become active."""


class Plan(NamedTuple):
    """How many people there are, and how many seconds readers watch."""

    people: int
    seconds: int


FULL, QUICK = Plan(5_000, 30), Plan(500, 5)


class Followed(NamedTuple):
    """What came of an activation.

    Attributes:
        first_s: from the activation to the first list of its version.
        lists: all that were owed, and what the worker spent from the activation on.
        without: people who have no list of the version even then.
        took: ratings that were watched while lists were owed.
    """

    first_s: float
    lists: Cost
    without: int
    took: list[Watched]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the people.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Activate another version and the first one again; measure until all lists have followed."""
    plan = QUICK if quick else FULL
    with scratch_services() as (folder, services):
        own = layer(folder, services, MOVIES)
        with working(own, 1) as (worker,):
            loaded(own, plan)
            rows = list(figures(own, plan, worker.pid))
    report("activation", [*about(plan), *rows], as_json, keep)


def loaded(own: Layer, plan: Plan) -> None:
    """Have everybody's history, and list, made; and generate what trickles then."""
    past, live = releases(own)
    more = TRICKLE_PER_S * (STARTS_S + 10 * plan.seconds)
    generate(past, Shape(plan.people, MOVIES, EACH * plan.people, seed=1), lambda _: None)
    generate(live, Shape(plan.people, MOVIES, more, seed=2), lambda _: None)
    replay_now(past, own.settings)
    eventually(lambda: own.is_done(EACH * plan.people), WITHIN_S, "lists of the first version")


def releases(own: Layer) -> tuple[Path, Path]:
    """Where the ratings are that are loaded, and those that trickle."""
    return own.folder / "past", own.folder / "live"


def figures(own: Layer, plan: Plan, pid: int) -> Iterator[Figure]:
    """Watch alone, then through both activations."""
    _, live = releases(own)
    with trickle(live, 0, TRICKLE_PER_S, own.variables, own.folder / "trickle.err"):
        time.sleep(STARTS_S)  # the producer starts, and the first lists are made
        yield from times("before", watching(own, plan))
        own.publish(AFTER["activation"], MOVIES)
        for what, version in AFTER.items():
            sys.stderr.write(f"{what}\n")
            yield from figures_of(what, followed(own, plan, pid, version))


def watching(own: Layer, plan: Plan) -> list[Watched]:
    """Ratings that somebody waits for."""
    reads = through_reader(own.settings)
    return watched(own.settings, plan.people, range(1, MOVIES + 1), plan.seconds, reads)


def followed(own: Layer, plan: Plan, pid: int, version: int) -> Followed:
    """Activate a version of which the snapshot reflects nothing, and wait for everybody's list."""
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(watching, own, plan)
        began, wall_s = Since(lambda: cpu_s(pid)), time.monotonic()
        own.activate(version, dict.fromkeys(range(PARTITIONS), 0))
        owed = most_owed(own)
        first_s = time.monotonic() - wall_s
        eventually(lambda: not own.owed(), WITHIN_S, "lists of the version", LOOK_EVERY_S)
        lists = began.cost(owed)
        took = looking.result()
    owing = max(2, ceil(lists.wall_s * WATCHED_PER_S))
    return Followed(first_s, lists, without(own, plan.people, version), took[:owing])


def most_owed(own: Layer) -> int:
    """How many lists were owed when the first of them was there."""
    most = now = 0

    def falls() -> bool:
        nonlocal most, now
        most, now = max(most, now), own.owed()
        return now < most

    eventually(falls, WITHIN_S, "first list of the version", LOOK_EVERY_S)
    return most


def without(own: Layer, people: int, version: int) -> int:
    """People who have no list of a version."""
    store = SpeedStore(own.client, own.settings.keys)
    of: dict[int, list[int]] = {partition: [] for partition in range(PARTITIONS)}
    for person in range(1, people + 1):
        of[partition_of(person, PARTITIONS)].append(person)
    lists = (store.lists(*one).values() for one in of.items())
    return people - sum(ranked.version == version for some in lists for ranked in some)


def about(plan: Plan) -> list[Figure]:
    """What it was measured on."""
    return [
        Figure("people", plan.people, "", "", None),
        Figure("ratings", EACH * plan.people, "", "", None),
        Figure("movies", MOVIES, "", "", None),
        Figure("rank", RANK, "", "", None),
    ]


def figures_of(what: str, found: Followed) -> Iterator[Figure]:
    """What came of an activation, beside what should."""
    lists, per_cpu_s = found.lists, round(found.lists.per_cpu_s)
    yield at_most(f"{what}: to the first list", round(found.first_s, 2), "s", FIRST_WITHIN_S)
    yield at_most(f"{what}: to the last list", round(lists.wall_s, 1), "s", ALL_WITHIN_S)
    yield Figure(f"{what}: lists owed", lists.done, "", "", None)
    yield at_least(f"{what}: lists a CPU-second", per_cpu_s, "", LISTS_A_CPU_S)
    yield at_most(f"{what}: people without a list of it", found.without, "", 0)
    yield from times(f"{what}, lists owed", found.took)


def times(when: str, took: list[Watched]) -> Iterator[Figure]:
    """From sent to readable."""
    readable = [one.readable for one in took]
    yield Figure(f"{when}: ratings watched", len(took), "", "", None)
    for percent in (50, 99):
        value = round(percentile(readable, percent))
        yield Figure(f"{when}: p{percent} to readable", value, "ms", "", None)


if __name__ == "__main__":
    typer.run(main)

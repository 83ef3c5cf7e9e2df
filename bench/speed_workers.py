"""How the speed layer scales with its workers: `python -m bench.speed_workers`.

Real broker and Redis, a model of rank 64 over 27 thousand movies, and a topic of four partitions
that one, two and four workers share; then one worker alone on one partition and on twelve. All
have begun, and have made lists, before a stretch of generated ratings is sent as fast as it goes.
That is a backlog: histories come first, and lists are owed, but for the last thousand ratings of a
partition, with which lists are made as if live. Reports how many ratings are applied in a second
by the clock and in one of all workers' processor time, until all histories are there; how many
lists are owed by then, and how many of these are made in such seconds; and how long all of it takes
from the first ratings sent to the last list made.

Settings take turns, each with a topic and keys of its own; medians of the rounds. Two cores cannot
do more than two things at once, and broker, Redis and bench are beside the workers: by the clock,
four of them cannot be four times as fast. What they should keep is how much they do in a second of
a processor. Redis's processor time is reported because all workers wait for the one. `--quick` has
fewer ratings, one round, and one and two workers on four partitions.
"""

import statistics
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.benchmark_report import AsJson, Figure, Keep, report
from bench.cpu_timer import Cost, Since, cpu_s
from bench.fixtures import WITHIN_S, reflected, scratch_services
from bench.fold_in import RANK
from bench.replay_fixtures import Watching, replay_now
from bench.speed_layer_fixture import WARMING, Layer, layer, warm, working
from harness.eventually import eventually
from harness.services import Services
from producer.generate import Shape, generate
from redis_store.connection import forget

MOVIES = 27_000


class Crew(NamedTuple):
    """So many workers on so many partitions."""

    workers: int
    partitions: int

    def __str__(self) -> str:
        """How people say it."""
        some = f"{self.workers} worker{'s' * (self.workers > 1)}"
        return f"{some}, {self.partitions} partition{'s' * (self.partitions > 1)}"


class Plan(NamedTuple):
    """How many ratings of how many people, which crews, and how often."""

    ratings: int
    people: int
    crews: list[Crew]
    rounds: int


ONE, TWO = Crew(1, 4), Crew(2, 4)
FULL = Plan(150_000, 5_000, [ONE, TWO, Crew(4, 4), Crew(1, 1), Crew(1, 12)], 3)
QUICK = Plan(40_000, 2_000, [ONE, TWO], 1)


class Took(NamedTuple):
    """What a stretch cost: its histories, the lists owed by then, and all of it until the end."""

    histories: Cost
    lists: Cost
    all: Cost
    redis_cpu_s: float


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer ratings, two settings.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure a stretch of ratings with several numbers of workers and partitions."""
    plan = QUICK if quick else FULL
    took: dict[Crew, list[Took]] = {crew: [] for crew in plan.crews}
    with scratch_services() as (folder, services):
        generate(folder / "set", Shape(plan.people, MOVIES, plan.ratings, seed=1), lambda _: None)
        for n in range(plan.rounds):
            for crew in plan.crews:
                sys.stderr.write(f"round {n + 1} of {plan.rounds}: {crew}\n")
                took[crew].append(stretch(folder, services, crew, plan.ratings))
    report("speed_workers", figures(plan, took), as_json, keep)


def stretch(folder: Path, services: Services, crew: Crew, ratings: int) -> Took:
    """A stretch of ratings, by one crew."""
    own = layer(folder, services, MOVIES, crew.partitions)
    with working(own, crew.workers) as workers:
        warm(own)
        redis = Since(lambda: redis_cpu_s(own))
        watching = Watching(lambda: sum(cpu_s(one.pid) for one in workers))
        replay_now(folder / "set", own.settings, watching)
        assert watching.began
        eventually(lambda: reflected(own.settings) >= WARMING + ratings, WITHIN_S, "histories")
        histories, owed = watching.began.cost(ratings), own.owed()
        eventually(lambda: not own.owed(), WITHIN_S, "lists")
        everything = watching.began.cost(ratings)
        took = Took(histories, rest(histories, everything, owed), everything, redis.cost(1).cpu_s)
    forget(own.client, own.settings.key_prefix)
    return took


def rest(before: Cost, everything: Cost, done: int) -> Cost:
    """What so many have cost after something else."""
    return Cost(done, everything.cpu_s - before.cpu_s, everything.wall_s - before.wall_s)


def redis_cpu_s(of: Layer) -> float:
    """Processor seconds of Redis."""
    info = of.client.info("cpu")
    return float(info["used_cpu_sys"] + info["used_cpu_user"])


def figures(plan: Plan, took: dict[Crew, list[Took]]) -> list[Figure]:
    """Medians of each setting, and one worker beside several."""
    return [
        Figure("ratings", plan.ratings, "", "", None),
        Figure("people", plan.people, "", "", None),
        Figure("movies", MOVIES, "", "", None),
        Figure("rank", RANK, "", "", None),
        *(row for crew, some in took.items() for row in figures_of(crew, some)),
        *(row for crew in plan.crews if crew.workers > 1 for row in beside_one(crew, took)),
    ]


def figures_of(crew: Crew, took: list[Took]) -> list[Figure]:
    """Medians of a setting."""

    def row(what: str, values: list[float], unit: str, digits: int | None = None) -> Figure:
        return Figure(f"{crew}: {what}", round(statistics.median(values), digits), unit, "", None)

    return [
        row("ratings a second", [one.histories.per_s for one in took], ""),
        row("ratings a CPU-second", [one.histories.per_cpu_s for one in took], ""),
        row("lists owed then", [one.lists.done for one in took], ""),
        row("lists a second", [one.lists.per_s for one in took], ""),
        row("lists a CPU-second", [one.lists.per_cpu_s for one in took], ""),
        row("to the last list", [one.all.wall_s for one in took], "s", 1),
        row("to the last list, workers", [one.all.cpu_s for one in took], "CPU-s", 1),
        row("to the last list, Redis", [one.redis_cpu_s for one in took], "CPU-s", 1),
    ]


def beside_one(crew: Crew, took: dict[Crew, list[Took]]) -> list[Figure]:
    """One worker's time divided by that of several."""
    pairs = list(zip(took[ONE], took[crew], strict=True))
    wall = statistics.median(one.all.wall_s / many.all.wall_s for one, many in pairs)
    spent = statistics.median(one.all.cpu_s / many.all.cpu_s for one, many in pairs)
    return [
        Figure(f"1 worker / {crew.workers}, time", round(wall, 2), "", "", None),
        Figure(f"1 worker / {crew.workers}, processor time", round(spent, 2), "", "", None),
    ]


if __name__ == "__main__":
    typer.run(main)

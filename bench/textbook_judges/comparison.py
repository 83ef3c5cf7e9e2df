"""Reelstream beside two hundred lines: `python -m bench.textbook`.

One after the other, each with a Kafka and a Redis of its own, on the ratings of ml-latest-small:
work off a backlog, train, answer look-ups, replace all lists, follow people who rate at a hundred a
second, welcome newcomers of twelve tastes, meet the same kills in the same order, stand still with
Kafka and Redis, and read records that are not ratings. The textbook trains MLlib's implicit ALS
there, its better form; both forms are judged by the quality of their lists. `--quick` is shorter:
fewer ratings, one kill of each kind, one random split.
"""

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from batch.evaluation.judging_libraries import judging_tools
from batch.spark_sessions import Sessions, spark_sessions
from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.tastes import catalogue_of
from bench.textbook_judges import costs, faults, freshness, list_replacement, lists, newcomers
from bench.textbook_judges.poison import REELSTREAM, TEXTBOOK, VALID
from bench.textbook_judges.reelstream_system import ours
from bench.textbook_judges.rows import figures, list_figures
from bench.textbook_judges.system import System
from bench.textbook_judges.textbook_system import textbook
from contracts.settings import from_environment
from reelstream.demo_data import find

SEED = 7
FIRST_MOVIE, SAME = 1, 1e-3
Started = Callable[[Path, Path], AbstractContextManager[System]]


class Plan(NamedTuple):
    """How much is done; rows are of the release, in the order of time.

    Attributes:
        backlog: ratings that are there before.
        look_ups: made.
        live_s: seconds in which ratings are counted, and again in which some are watched.
        kills: altogether.
        wait_s: until newcomers' lists are looked at.
    """

    backlog: int
    look_ups: int
    live_s: int
    kills: int
    wait_s: float


FULL = Plan(backlog=55_000, look_ups=10_000, live_s=30, kills=20, wait_s=60)
QUICK = Plan(backlog=30_000, look_ups=2_000, live_s=15, kills=len(faults.KINDS), wait_s=30)


class Poison(NamedTuple):
    """Records that are not ratings, and one that is."""

    values: list[bytes]
    valid: bytes


class Judged(NamedTuple):
    """All that was measured of a system while it ran."""

    costs: costs.Costs
    replaced: list_replacement.Replaced
    fresh: freshness.Fresh
    newcomers: newcomers.Newcomers
    killed: faults.Killed
    frozen_kafka: faults.Frozen
    frozen_redis: faults.Frozen
    poisoned: int


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer ratings, kills and lists.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Judge both."""
    data, plan = find(from_environment().data), QUICK if quick else FULL
    with judging_tools(), spark_sessions("bench-textbook", "2g") as session:
        protocols = lists.judged(data, session, quick=quick)
        of_lists = [row for one in protocols for row in list_figures(one)]
        of_lists += half_step_check(data, session)
    ours_valid, theirs_valid = VALID
    one = measured(ours, data, plan, Poison(REELSTREAM, ours_valid))
    control = partial(textbook, implicit=True)
    other = measured(control, data, plan, Poison(TEXTBOOK, theirs_valid))
    report("textbook", [*figures(one, other), *of_lists], as_json, keep)


def half_step_check(data: Path, session: Sessions) -> Iterator[Figure]:
    """Whether lists are judged by what MLlib itself would show."""
    for name, implicit in ((lists.EXPLICIT, False), (lists.IMPLICIT, True)):
        most = lists.apart(data, session, implicit=implicit)
        yield at_most(f"{name}: half-step beside MLlib's users, at most", most, "", SAME)


def measured(started: Started, data: Path, plan: Plan, poison: Poison) -> Judged:
    """Everything that is measured of a running system, one judge after the other."""
    found: list[Any] = []
    with tempfile.TemporaryDirectory() as folder, started(Path(folder) / "one", data) as system:
        for one in _judges(system, data, plan, poison):
            say(f"    {one}")
            found.append(one)
    return Judged(*found)


def _judges(system: System, data: Path, plan: Plan, poison: Poison) -> Iterator[Any]:
    say(f"{system.name}: a backlog, a training, look-ups")
    yield costs.measured(system, plan.backlog, plan.look_ups)
    say(f"{system.name}: all lists replaced")
    yield list_replacement.measured(system, plan.backlog)
    system.end()
    system.begin(learning=True)
    say(f"{system.name}: live ratings")
    live = plan.backlog + list_replacement.NEW
    yield freshness.measured(system, live, plan.live_s)
    say(f"{system.name}: newcomers")
    then = live + freshness.rows(plan.live_s)
    yield newcomers.measured(system, catalogue_of(data), then, plan.wait_s)
    say(f"{system.name}: kills")
    rest = then + newcomers.ROWS
    yield faults.killed(system, rest, plan.kills, random.Random(SEED))
    say(f"{system.name}: frozen")
    for service in (system.services.kafka, system.services.redis):
        yield faults.frozen(system, service, FIRST_MOVIE)
    yield faults.poisoned(system, poison.values, poison.valid)


def say(what: str) -> None:
    """Tell people what is being done."""
    sys.stderr.write(f"{what}\n")

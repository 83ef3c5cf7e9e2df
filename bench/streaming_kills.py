"""Whether streaming loses or repeats anything when it is killed: `python -m bench.streaming_kills`.

One streaming job reads live ratings, some of them sent twice and some of them poison, from a broker
of its own into a Redis of its own. Again and again something is killed with SIGKILL: the driver
with or without its Java, the Java alone, a Python worker of Spark, the broker, Redis, several of
them, at random moments; and whoever gets to one of the named points inside a batch or a start
(`harness.streaming.crash_points`). As soon as each query has committed a batch, the next one is.
At the end the checker, which shares no code with what it checks, compares event log and buckets
with a dump of the topic. A hundred kills take about half an hour; `--quick` is three.
"""

import random
import tempfile
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fault_injection import Run, Seed, counted, judged, met, shuffled, slowest, times
from contracts.process_exit import BUSY
from contracts.settings import from_environment
from harness.streaming.crash_points import ALONE, GROUP, POINTS
from harness.streaming.kill_rig import KINDS, REDIS, Kill, rig
from harness.streaming.verdicts import Verdict
from reelstream.demo_data import find

KILLS = 100
EVERY_KILL = [Kill(point, victim) for point in POINTS for victim in (ALONE, GROUP)]
EVERY_KILL += [Kill(kind) for kind in KINDS] * 2
QUICK = [
    Kill("between buckets and offsets", GROUP),
    Kill("file written, not renamed", ALONE),
    Kill(REDIS),
]
BACK_WITHIN_S = 60
POISON_EVERY = 10


class Java(NamedTuple):
    """How often a start found the last job's Java, and the seconds that it outlived its driver."""

    found: int
    stayed_s: list[float]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three kills, about a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
    seed: Seed = 7,
    kills: Annotated[int, typer.Option(min=1, help="Number of kills.")] = KILLS,
) -> None:
    """Kill the streaming job and what it runs on, and compare its counts with the topic."""
    chance = random.Random(seed)
    done, java = run(QUICK if quick else shuffled(EVERY_KILL, kills, chance), chance)
    report("streaming_kills", figures(done, java), as_json, keep)


def run(kills: list[Kill], chance: random.Random) -> tuple[Run[Kill, Verdict], Java]:
    """Kill after kill; now and then poison comes between."""
    data = find(from_environment().data)
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), data, chance) as one:

        def between(number: int) -> None:
            if number % POISON_EVERY == 0:
                one.on.poison()

        return met(one, kills, between), Java(one.job.ended[BUSY], one.java_stayed_s)


def figures(done: Run[Kill, Verdict], java: Java) -> list[Figure]:
    """How long it took to be back, and what is wrong at the end."""
    kinds = [one.kind.what for one in done.back]
    return [
        Figure("kills", len(kinds), "", "", None),
        Figure("kills at named points", sum(one in POINTS for one in kinds), "", "", None),
        *counted("killed", kinds),
        Figure("starts that found the last job's Java still there", java.found, "", "", None),
        Figure("Java outlived its Python, slowest", slowest(java.stayed_s), "s", "", None),
        *times("to the next committed batch", done.back, BACK_WITHIN_S),
        *judged("kills", done, checked),
    ]


def checked(verdict: Verdict) -> list[Figure]:
    """What was compared, and what was wrong."""
    return [
        Figure("records", verdict.records, "", "", None),
        Figure("records that are no event", verdict.rejected, "", "", None),
        at_most("records lost", verdict.lost, "", 0),
        at_most("records landed twice", verdict.double, "", 0),
        at_most("counts of buckets that are wrong", verdict.wrong, "", 0),
        at_most("violations that the checker found", len(verdict.said), "", 0),
    ]


if __name__ == "__main__":
    typer.run(main)

"""Whether streaming loses or repeats anything when it is killed: `python -m bench.streaming_kills`.

One streaming job reads live ratings, some of them sent twice and some of them poison, from a broker
of its own into a Redis of its own. Again and again something is killed with SIGKILL: the driver
with or without its Java, the Java alone, a Python worker of Spark, the broker, Redis, several of
them, at random moments; and whoever gets to one of the named points inside a batch or a start
(`tests.streaming.crash_points`). As soon as each query has committed a batch, the next one is.
At the end the checker, which shares no code with what it checks, compares event log and buckets
with a dump of the topic. A hundred kills take about half an hour; `--quick` is three.
"""

import random
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.figures import Figure, at_most, harm_at_most, save, show
from contracts.edge import BUSY
from contracts.settings import from_environment
from reelstream.data import find
from tests.reelstream.restarted import NotBack
from tests.streaming.crash_points import ALONE, GROUP, POINTS
from tests.streaming.judged import Verdict
from tests.streaming.killed import Kill, plan, rig

KILLS = 100
QUICK = [
    Kill("between buckets and offsets", GROUP),
    Kill("file written, not renamed", ALONE),
    Kill("Redis"),
]
BACK_WITHIN_S = 60
POISON_EVERY = 10


class Back(NamedTuple):
    """A kill, and the seconds until each query had committed a batch again."""

    kill: Kill
    seconds: float


class Run(NamedTuple):
    """What came of it: kills, the job's exits by code, and the checker's verdict, if it came to it.

    `java_stayed_s` is how long Java outlived its driver's Python.
    """

    back: list[Back]
    ended: "Counter[int]"
    java_stayed_s: list[float]
    verdict: Verdict | None


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three kills, about a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--save", help="Keep the run in bench/results.")] = False,
    seed: Annotated[int, typer.Option(help="Of the order, the moments and the victims.")] = 7,
    kills: Annotated[int, typer.Option(min=1, help="How many.")] = KILLS,
) -> None:
    """Kill the streaming job and what it runs on, and compare its counts with the topic."""
    chance = random.Random(seed)
    rows = figures(run(QUICK if quick else plan(kills, chance), chance))
    show(rows, as_json)
    if keep:
        save("streaming_kills", rows)
    if not all(row.met in {True, None} for row in rows):
        raise typer.Exit(1)


def run(kills: list[Kill], chance: random.Random) -> Run:
    """Kill after kill, then the checker; what it finds goes to stderr."""
    back: list[Back] = []
    data = find(from_environment().data)
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), data) as one:
        try:
            for number, kill in enumerate(kills):
                if number % POISON_EVERY == 0:
                    one.poison()
                back.append(Back(kill, one.after(kill, chance)))
                sys.stderr.write(f"{number + 1:3d}/{len(kills)} {told(back[-1])}\n")
            verdict = one.verdict()
        except NotBack as error:
            sys.stderr.write(f"{error}\n")
            return Run(back, one.job.ended, one.java_stayed_s, None)
    sys.stderr.writelines(f"{line}\n" for line in verdict.said)
    return Run(back, one.job.ended, one.java_stayed_s, verdict)


def told(one: Back) -> str:
    """A line for who waits."""
    with_group = " with its group" if one.kill.victim == GROUP else ""
    return f"{one.kill.what}{with_group}: back after {one.seconds:.1f} s"


def figures(done: Run) -> list[Figure]:
    """How long it took to be back, and what is wrong at the end."""
    seconds = [one.seconds for one in done.back]
    by_what = Counter(one.kill.what for one in done.back)
    at_points = sum(count for what, count in by_what.items() if what in POINTS)
    return [
        Figure("kills", len(seconds), "", "", None),
        Figure("kills at named points", at_points, "", "", None),
        *(Figure(f"killed: {what}", count, "", "", None)
          for what, count in sorted(by_what.items())),
        Figure("starts that found the last job's Java still there", done.ended[BUSY], "",
               "", None),
        Figure("Java outlived its Python, slowest", _slowest(done.java_stayed_s), "s", "", None),
        Figure("to the next committed batch, median", _median(seconds), "s", "", None),
        at_most("to the next committed batch, slowest", _slowest(seconds), "s", BACK_WITHIN_S),
        *judged(done.verdict, len(seconds)),
    ]  # fmt: skip


def judged(verdict: Verdict | None, kills: int) -> list[Figure]:
    """What the checker says, and what so many kills without a fault prove."""
    if verdict is None:
        return [at_most("kills that were not got over", 1, "", 0)]
    return [
        Figure("records", verdict.records, "", "", None),
        Figure("records that are no event", verdict.rejected, "", "", None),
        at_most("records lost", verdict.lost, "", 0),
        at_most("records landed twice", verdict.double, "", 0),
        at_most("counts of buckets that are wrong", verdict.wrong, "", 0),
        at_most("violations that the checker found", len(verdict.said), "", 0),
        *([] if verdict.said else [harm_at_most("kills", kills)]),
    ]  # fmt: skip


def _median(seconds: list[float]) -> float | None:
    return round(statistics.median(seconds), 1) if seconds else None


def _slowest(seconds: list[float]) -> float | None:
    return round(max(seconds), 1) if seconds else None


if __name__ == "__main__":
    typer.run(main)

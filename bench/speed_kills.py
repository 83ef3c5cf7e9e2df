"""Whether a kill or freeze ever makes a list wrong: `python -m bench.speed_kills`.

Three speed workers share the partitions of a broker of their own and write to a Redis of their own,
while ratings come in, some of them sent twice and some of them poison. Again and again something is
killed with SIGKILL or frozen: a worker, for longer than its session, so that others take over what
it holds; all of them; the broker; Redis; several at once. Or Redis is emptied, or restored from an
older file. As soon as everything that the topic held is applied, the next one is. In the first half
a model is trained and published after every tenth. At the end the checker, which shares no code
with what it checks, compares histories, totals and positions with a dump of the topic, and every
list with the model's artefact. A hundred take about twenty minutes; `--quick` is three.
"""

import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fault_injection import Run, Seed, counted, judged, met, shuffled, times
from contracts.settings import from_environment
from harness.speed.kill_rig import EMPTIED, KINDS, OLDER, WORKER, Verdict, rig
from reelstream.demo_data import find

MISHAPS = 100
QUICK = [WORKER, EMPTIED, OLDER]
BACK_WITHIN_S = 60
EVERY = 10
"""Mishaps after which poison is sent, and in the first half a model published."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three mishaps, a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
    seed: Seed = 9,
    mishaps: Annotated[int, typer.Option(min=1, help="Number of mishaps.")] = MISHAPS,
) -> None:
    """Kill and freeze speed workers and what they stand on, and compare lists with the topic."""
    chance = random.Random(seed)
    kinds = QUICK if quick else shuffled(KINDS, mishaps, chance)
    report("speed_kills", figures(run(kinds, chance)), as_json, keep)


def run(kinds: list[str], chance: random.Random) -> Run[str, Verdict]:
    """One after the other; now and then poison or a model comes between."""
    data = find(from_environment().data)
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), data, chance) as one:

        def between(number: int) -> None:
            if number % EVERY == 0:
                if 0 < number <= len(kinds) // 2:
                    one.on.retrained()  # not later: a snapshot leaves fewer lists to compare
                one.on.poison()

        return met(one, kinds, between)


def figures(done: Run[str, Verdict]) -> list[Figure]:
    """How long it took to be back, and what is wrong at the end."""
    return [
        Figure("kills, freezes and losses", len(done.back), "", "", None),
        *counted("met with", (one.kind for one in done.back)),
        *times("until all is applied", done.back, BACK_WITHIN_S),
        *judged("mishaps", done, checked),
    ]


def checked(verdict: Verdict) -> list[Figure]:
    """What was compared, and what was wrong."""
    return [
        Figure("records", verdict.records, "", "", None),
        Figure("histories compared", verdict.histories, "", "", None),
        Figure("lists compared", verdict.lists, "", "", None),
        at_most("violations that the checker found", len(verdict.said), "", 0),
    ]


if __name__ == "__main__":
    typer.run(main)

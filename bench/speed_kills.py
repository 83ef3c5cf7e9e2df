"""Whether a list is ever wrong because something was killed: `python -m bench.speed_kills`.

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
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from bench.figures import Figure, at_most, harm_at_most, save, show
from contracts.settings import from_environment
from reelstream.data import find
from tests.reelstream.restarted import NotBack
from tests.speed.killed import EMPTIED, KINDS, OLDER, WORKER, Verdict, rig

MISHAPS = 100
QUICK = [WORKER, EMPTIED, OLDER]
BACK_WITHIN_S = 60
POISON_EVERY = MODEL_EVERY = 10


class Run(NamedTuple):
    """What came of it: seconds to be back, by what was done; the checker's verdict, if any."""

    back: list[tuple[str, float]]
    verdict: Verdict | None


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three, about a minute.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--save", help="Keep the run in bench/results.")] = False,
    seed: Annotated[int, typer.Option(help="Of the order, the moments and the victims.")] = 9,
    mishaps: Annotated[int, typer.Option(min=1, help="How many.")] = MISHAPS,
) -> None:
    """Kill and freeze speed workers and what they stand on, and compare lists with the topic."""
    chance = random.Random(seed)
    rows = figures(run(QUICK if quick else plan(mishaps, chance), chance))
    show(rows, as_json)
    if keep:
        save("speed_kills", rows)
    if not all(row.met in {True, None} for row in rows):
        raise typer.Exit(1)


def plan(count: int, chance: random.Random) -> list[str]:
    """So many in random order, each kind as often as the others."""
    rounds = (chance.sample(KINDS, len(KINDS)) for _ in range(count // len(KINDS) + 1))
    return [kind for one in rounds for kind in one][:count]


def run(kinds: list[str], chance: random.Random) -> Run:
    """One after the other, then the checker; what it finds goes to stderr."""
    back: list[tuple[str, float]] = []
    data = find(from_environment().data)
    with tempfile.TemporaryDirectory() as folder, rig(Path(folder), data, chance) as one:
        try:
            for number, kind in enumerate(kinds, 1):
                back.append((kind, one.after(kind)))
                sys.stderr.write(f"{number:3d}/{len(kinds)} {kind}: {back[-1][1]:.1f} s\n")
                if number % POISON_EVERY == 1:
                    one.poison()
                if number % MODEL_EVERY == 0 and number <= len(kinds) // 2:
                    one.retrained()  # not later: a snapshot leaves fewer lists to compare
            verdict = one.verdict()
        except NotBack as error:
            sys.stderr.write(f"{error}\n")
            return Run(back, None)
    sys.stderr.writelines(f"{line}\n" for line in verdict.said)
    return Run(back, verdict)


def figures(done: Run) -> list[Figure]:
    """How long it took to be back, and what is wrong at the end."""
    seconds = [one for _, one in done.back] or [0.0]
    counts = sorted(Counter(kind for kind, _ in done.back).items())
    return [
        Figure("kills, freezes and losses", len(done.back), "", "", None),
        *(Figure(f"met with: {kind}", count, "", "", None) for kind, count in counts),
        Figure("until all is applied, median", round(statistics.median(seconds), 1), "s", "", None),
        at_most("until all is applied, slowest", round(max(seconds), 1), "s", BACK_WITHIN_S),
        *judged(done.verdict, len(done.back)),
    ]


def judged(verdict: Verdict | None, count: int) -> list[Figure]:
    """What the checker says, and what so many without a fault prove."""
    if verdict is None:
        return [at_most("mishaps that were not got over", 1, "", 0)]
    rows = [
        Figure("records", verdict.records, "", "", None),
        Figure("histories compared", verdict.histories, "", "", None),
        Figure("lists compared", verdict.lists, "", "", None),
        at_most("violations that the checker found", len(verdict.said), "", 0),
    ]
    if not verdict.said:
        rows.append(harm_at_most("mishaps", count))
    return rows


if __name__ == "__main__":
    typer.run(main)

"""Whether a demo survives SIGKILL: `python -m bench.demo_kills`.

Kills the processes of a running demo, one after another and all at once, and now and then the Java
below one of them; measures how long each takes to be back, and looks at the end whether the counts
are exact: by the demo's own summary, and by the checker, which shares no code with what it checks.
The order is shuffled by a seed. Twenty rounds; `--quick` is two, during the start.
"""

import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fault_injection import Run, Seed, met, not_got_over, shuffled, slowest, times
from contracts.settings import from_environment
from harness.reelstream.demo_kill_rig import ALL, KINDS, RECOVERED_WITHIN_S, Verdict, rig
from reelstream.demo_data import find

ROUNDS = 2 * len(KINDS)
QUICK = ["kafka", ALL]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Two rounds, about a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
    seed: Seed = 4,
) -> None:
    """Kill the demo's processes, and measure how it comes back."""
    chance, data = random.Random(seed), find(from_environment().data)
    rounds = QUICK if quick else shuffled(KINDS, ROUNDS, chance)
    with (
        tempfile.TemporaryDirectory() as folder,
        rig(Path(folder), data, chance, whole=not quick) as one,
    ):
        done = met(one, rounds)
    report("demo_kills", figures(done, checked=not quick), as_json, keep)


def figures(done: Run[str, Verdict], checked: bool) -> list[Figure]:
    """The slowest and the median return, and what is wrong at the end."""
    took: dict[str, list[float]] = {}
    for name, seconds in done.back:
        took.setdefault(name, []).append(seconds)
    return [
        Figure("rounds of SIGKILL", len(done.back), "", "", None),
        *times("back after", done.back, RECOVERED_WITHIN_S),
        *(
            Figure(f"back after {name}, slowest", slowest(some), "s", "", None)
            for name, some in sorted(took.items())
        ),
        *(judged(done.verdict, checked) if done.verdict else [not_got_over("rounds")]),
    ]


def judged(verdict: Verdict, checked: bool) -> list[Figure]:
    """What the demo says of its counts, and what the checker does, if it was asked."""
    summary = verdict.summary
    counted = summary["applied"] + summary["no_effect"] - summary["repeated"]
    lost = abs(summary["acknowledged"] - counted) + abs(summary["sent"] - counted)
    return [
        Figure("events acknowledged", summary["acknowledged"], "", "", None),
        at_most("events lost, repeated or rejected", lost + summary["rejected"], "", 0),
        *([at_most("violations found", len(verdict.said), "", 0)] if checked else []),
    ]


if __name__ == "__main__":
    typer.run(main)

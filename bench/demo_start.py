"""How fast the demo starts, and its memory: `python -m bench.demo_start`.

Runs `reelstream demo` in a folder of its own, with jars and packages already there (a warm start),
and reads the figures that the demo measures of itself. Three runs and their medians; `--quick` is
one short run.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from typing import Annotated, Any

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from contracts.settings import child_environment

PAGE_S, FIRST_LIST_S, RESIDENT_MB, FRESH_MS = 10, 120, 3584, 1000


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One short run, under a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure seconds to page and first personal list, memory, and freshness of the demo."""
    runs = [demo("40s")] if quick else [demo("150s") for _ in range(3)]
    rows = figures(runs)
    report("demo_start", rows, as_json, keep)


def demo(length: str) -> dict[str, Any]:
    """One run's summary."""
    command = [sys.executable, "-m", "reelstream", "demo", "--for", length, "--json"]
    with tempfile.TemporaryDirectory() as state:
        environment = child_environment({"REELSTREAM_STATE": state})
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def figures(runs: list[dict[str, Any]]) -> list[Figure]:
    """Medians over the runs."""

    def median(*path: str) -> float | None:
        values = [value for run in runs if (value := _at(run, path)) is not None]
        return round(statistics.median(values), 1) if values else None

    return [
        at_most("page answers", median("seconds_to_page"), "s", PAGE_S),
        at_most("first personal list", median("seconds_to_first_personal_list"), "s", FIRST_LIST_S),
        at_most("resident memory of all processes", median("resident_mb"), "MB", RESIDENT_MB),
        at_most("appended → readable, p99", median("freshness_ms", "p99"), "ms", FRESH_MS),
        Figure("appended → readable, p50", median("freshness_ms", "p50"), "ms", "", None),
    ]


def _at(run: dict[str, Any], path: tuple[str, ...]) -> float | None:
    value: Any = run
    for name in path:
        value = value[name]
    return None if value is None else float(value)


if __name__ == "__main__":
    typer.run(main)

"""How much the archive of Spark's classes saves of a start: `python -m bench.spark_start`.

Starts a session as streaming does, with the archive and without it in turns, and counts a hundred
rows. Processor time is that of Python and Java. Seven starts of each; `--quick` is three.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.cpu_timer import Cost, Since
from contracts import class_archive
from contracts.settings import child_environment

SHARE = 0.75
"""What a start with the archive may take of one without, to be worth 180 MB."""
START = """
import sys
from pathlib import Path
from contracts import class_archive
from contracts.spark_session import session
from streaming.spark_options import OPTIONS
if sys.argv[2] == "without":
    class_archive.options = lambda: []
with session("start", "512m", Path(sys.argv[1]), OPTIONS, []) as spark:
    spark.range(100).groupBy("id").count().collect()
"""
WITH, WITHOUT = "with", "without"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Three starts of each.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure starts of Spark with and without the archive of its classes."""
    archive = class_archive.find()
    if archive is None:
        sys.exit("error: no archive (.venv): run `make setup` with a Java of the machine's own")
    cost: dict[str, list[Cost]] = {WITH: [], WITHOUT: []}
    for _ in range(3 if quick else 7):
        for side, costs in cost.items():
            costs.append(start(side))
    rows = [*figures(cost), Figure("the archive", archive.stat().st_size // 10**6, "MB", "", None)]
    report("spark_start", rows, as_json, keep)


def start(side: str) -> Cost:
    """What a start took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", START, f"{folder}/temporary", side]
        since = Since(spent_by_children_s)
        subprocess.run(command, env=child_environment({}), stderr=subprocess.DEVNULL, check=True)
        return since.cost(1)


def spent_by_children_s() -> float:
    """Processor seconds of the processes that this one has started and that have ended."""
    return sum(os.times()[2:4])


def figures(cost: dict[str, list[Cost]]) -> list[Figure]:
    """Medians of each side, and of the ratios of the pairs."""
    rows = []
    for field, what in (("wall_s", "time"), ("cpu_s", "processor time")):
        sides = {side: [getattr(one, field) for one in costs] for side, costs in cost.items()}
        pairs = zip(sides[WITH], sides[WITHOUT], strict=True)
        share = statistics.median(one / other for one, other in pairs)
        rows += [
            Figure(f"start {side} the archive, {what}", median(values), "s", "", None)
            for side, values in sides.items()
        ]
        rows.append(at_most(f"with / without, {what}", round(share, 2), "", SHARE))
    return rows


def median(values: list[float]) -> float:
    """Of seconds, to a tenth."""
    return round(statistics.median(values), 1)


if __name__ == "__main__":
    typer.run(main)

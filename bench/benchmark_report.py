"""Rows of figures, printed for people or as JSON."""

import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import psutil
import typer
from rich.console import Console
from rich.table import Table

from contracts.atomic_files import write_atomically

RESULTS = Path(__file__).with_name("results")

AsJson = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]
Keep = Annotated[bool, typer.Option("--save", help="Save the run in bench/results.")]


class Figure(msgspec.Struct, frozen=True):
    """One measured value and what it should be; `met` is None where there is no target."""

    figure: str
    value: float | None
    unit: str
    target: str
    met: bool | None


def at_most(figure: str, value: float | None, unit: str, limit: float) -> Figure:
    """A figure that should not exceed a limit."""
    met = value is not None and value <= limit
    return Figure(figure, value, unit, f"≤ {limit:g}", met)


def at_least(figure: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should reach a limit."""
    return Figure(figure, value, unit, f"≥ {limit:g}", value >= limit)


def harm_at_most(what: str, harmless: int) -> Figure:
    """The share of these that may do harm, at most, after so many without any: at 95 %."""
    percent = round(100 * (1 - 0.05 ** (1 / harmless)), 2)
    return Figure(f"{what} that do harm, at most (95 %)", percent, "%", "", None)


def percentile(values: Sequence[float], percent: int) -> float:
    """Below which so many percent of these values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def report(name: str, rows: Sequence[Figure], as_json: bool, keep: bool) -> None:
    """Print a run's rows, and keep them where asked.

    Raises:
        typer.Exit: with 1 if a target was missed.
    """
    show(rows, as_json)
    if keep:
        save(name, rows)
    if any(row.met is False for row in rows):
        raise typer.Exit(1)


def save(name: str, rows: Sequence[Figure]) -> None:
    """Keep a run in `bench/results/NAME.json`, with its date, commit and machine."""
    git = ["git", "-C", str(RESULTS.parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    today = datetime.now(UTC).date().isoformat()
    run = {"date": today, "commit": commit, "machine": machine(), "rows": rows}
    RESULTS.mkdir(exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(run), indent=1)
    write_atomically(RESULTS / f"{name}.json", content + b"\n")


def machine() -> str:
    """The machine in a few words: nothing that names it."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} CPUs, {memory_gib:.0f} GiB of memory, {platform.machine()}"


def show(rows: Sequence[Figure], as_json: bool) -> None:
    """Print the rows."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
        return
    table = Table("figure", "value", "unit", "target", "met")
    for row in rows:
        met = {True: "yes", False: "NO", None: ""}[row.met]
        table.add_row(row.figure, str(row.value), row.unit, row.target, met)
    Console().print(table)

"""Peak memory of a fit, for `bench.als`: measured in a process that does nothing else."""

import sys
from pathlib import Path

import typer

from bench.als_data import SEED, load
from bench.benchmark_report import Figure
from contracts.settings import child_environment
from recommender import als

THREADS, ITERATIONS = 2, 2


def figures(data: Path, name: str, rank: int) -> list[Figure]:
    """The most that such a process holds: Python, libraries, ratings, problem and vectors."""
    from bench.trend_rebuild import ended  # which imports more than the process below should hold

    command = [sys.executable, "-m", "bench.als_memory", str(data), str(rank)]
    _, resident_mib = ended(command, child_environment({}), 1)
    title = f"{name}, rank {rank}, ours, memory at most"
    return [Figure(title, round(resident_mib), "MiB", "", None)]


def main(data: Path, rank: int) -> None:
    """Fit the ratings in a folder, and keep nothing."""
    als.fit(load(data).problem(), rank, ITERATIONS, SEED, THREADS)


if __name__ == "__main__":
    typer.run(main)

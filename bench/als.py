"""Compares the cost of ALS with implicit and Spark MLlib: `python -m bench.als`.

Generated ratings of three sizes are fitted at two ranks; held-out likes say whether both sides have
converged equally far (`bench.als_data`: one loss for all). Compares the processor time of all
threads and processes of each side, the sides taking turns:

* An iteration, compared with implicit's: the same objective, the same start, the same conjugate
  gradient steps.
* An iteration, compared with MLlib's, whose Java is warm and whose data are cached.
* A warm start, from a model of the earliest 95 % of the ratings, with as few iterations as come
  within half a percent of the loss of ten iterations of MLlib, compared with those.
* Lists for all users without their rated movies, compared with MLlib's `recommendForAllUsers`; and
  whether a user's list costs the same among few users as among many.

Times are seconds of processors; an iteration is what ten cost more than two, divided by eight. BLAS
has one thread, as the demo's processes have. `--quick` has a single small size, one rank and one
round.
"""

import sys
import tempfile
from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from threadpoolctl import threadpool_limits

from bench import als_beside_implicit, als_comparison, als_lists, als_memory, als_mllib_process
from bench.als_comparison import FEW, Sized
from bench.als_data import made
from bench.benchmark_report import AsJson, Figure, Keep, report


class Plan(NamedTuple):
    """How much is measured.

    Attributes:
        sizes: ratings, and rounds of MLlib's fits for each.
        ranks: of the vectors.
        rounds: of everything else.
        limit: of the lists beside MLlib's.
    """

    sizes: dict[int, int]
    ranks: list[int]
    rounds: int
    limit: int


FULL = Plan({1_000_000: 2, 5_000_000: 1, 20_000_000: 1}, [32, 64], 3, als_lists.LIMIT)
QUICK = Plan({400_000: 1}, [32], 1, als_lists.QUICK_LIMIT)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One small size, one rank.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure fits and lists beside those of implicit and MLlib."""
    plan = QUICK if quick else FULL
    als_beside_implicit.compile_kernels()
    with tempfile.TemporaryDirectory() as name, threadpool_limits(1, "blas"):
        folder = Path(name)
        with als_mllib_process.process(folder / "spark") as process:
            rows = [row for count in plan.sizes for row in sized(plan, count, folder, process)]
        tell("lists for ever more users")
        rows += als_lists.flatness(quick, plan.rounds)
    report("als", rows, as_json, keep)


def sized(plan: Plan, count: int, folder: Path, process: Executor) -> list[Figure]:
    """Everything about so many ratings; lists for the fewest alone."""
    size, data = f"{count / 1e6:g} million ratings", folder / str(count)
    tell(f"{size}: made")
    ratings, least = made(data, count), count == min(plan.sizes)
    if least:
        tell("Java warms up")
        process.submit(als_mllib_process.fit, data, plan.ranks[0], FEW).result()
    rows: list[Figure] = []
    for rank in plan.ranks:
        tell(f"{size}, rank {rank}: beside implicit")
        rows += als_comparison.implicit(Sized(ratings, data, size, rank, plan.rounds))
        tell(f"{size}, rank {rank}: beside MLlib")
        rows += als_comparison.mllib(process, Sized(ratings, data, size, rank, plan.sizes[count]))
        if least:
            tell(f"{size}, rank {rank}: lists")
            counts = rank, plan.limit, plan.rounds
            rows += als_lists.beside_mllib(process, data, ratings, *counts)
    return rows + als_memory.figures(data, size, plan.ranks[-1])


def tell(what: str) -> None:
    """Say what is measured now."""
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    typer.run(main)

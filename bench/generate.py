"""How fast a data set is generated, and its memory: `python -m bench.generate`.

Ten million ratings, about as MovieLens 10M has; `--quick` is one million. The files go to a
folder that is removed in the end.
"""

import resource
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.cpu_timer import Since
from producer.generate import Shape, generate

SHAPE = Shape(users=69_878, movies=10_677, ratings=10_000_000, seed=1)
QUICK = Shape(users=6_988, movies=10_677, ratings=1_000_000, seed=1)
WALL_S, RESIDENT_MIB = 60, 1024


def main(
    quick: Annotated[bool, typer.Option("--quick", help="One million ratings.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure time and memory of making a data set."""
    rows = figures(QUICK if quick else SHAPE)
    report("generate", rows, as_json, keep)


def figures(shape: Shape) -> list[Figure]:
    """One run; its memory is the peak of this process."""
    began = Since()
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder) / "set", shape, lambda _: None)
        cost = began.cost(shape.ratings)
    resident_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure("generated ratings", shape.ratings, "", "", None),
        at_most("generated, time", round(cost.wall_s, 1), "s", WALL_S),
        Figure("generated, a second", round(cost.per_s), "1/s", "", None),
        Figure("generated, processor time", round(cost.cpu_s, 1), "s", "", None),
        at_most("generated, memory at most", round(resident_mib), "MiB", RESIDENT_MIB),
    ]


if __name__ == "__main__":
    typer.run(main)

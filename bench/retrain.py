"""The cost of a retrain, from the request to the activation: `python -m bench.retrain`.

Event logs of 100 thousand, 1 and 20 million generated ratings, a Redis of its own; each retrain is
a first model, judged on the newest tenth, in a process of its own (`bench.retrain_once`) that tells
its steps. Then all keys are removed, and the lists are made again of artefact and log, as
`reelstream batch rebuild` does. MLlib has the first two: at 20 million it would fit for hours on
this machine. `--quick` has the smallest, and the native engine alone. What a retrain does to others
on the machine, `bench.retrain_beside` measures.
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import typer
from pyarrow import csv

import event_log
from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.fixtures import scratch_redis
from bench.generate import SHAPE
from bench.retrain_once import PARTITIONS, TOPIC, RetrainReport
from contracts.events import Kind
from contracts.partitioner import partition_of
from contracts.settings import child_environment
from event_log import SCHEMA, Storage
from producer.generate import Shape, generate


class Size(NamedTuple):
    """How much is retrained on, and seconds in which its lists should be there again."""

    title: str
    ratings: int
    users: int
    rebuilt_within_s: int


SIZES = [
    Size("100 thousand", 100_000, 600, 60),
    Size("1 million", 1_000_000, 6_000, 60),
    Size("20 million", 20_000_000, 200_000, 300),
]
BOTH = ("native", "mllib")
MLLIB_UP_TO = 1_000_000
LANDED_MS = 1_763_632_800_000
ROWS = 1_000_000
"""That land in one file."""
EVENT_ID = "0f5a3c1e-6f0e-5b3a-9c1d-0123456789ab"


def main(
    quick: Annotated[bool, typer.Option("--quick", help="100 thousand ratings, native.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Retrain on event logs of several sizes."""
    rows: list[Figure] = []
    with scratch_redis() as (scratch, redis_url):
        for size in SIZES[: 1 if quick else None]:
            folder = scratch / str(size.ratings)
            land(folder, size)
            for engine in BOTH[: 1 if quick or size.ratings > MLLIB_UP_TO else None]:
                sys.stderr.write(f"{size.title} ratings, {engine}\n")
                rows += figures(size, engine, retrained(folder, redis_url, engine))
    report("retrain", rows, as_json, keep)


def land(folder: Path, size: Size) -> None:
    """An event log of so many generated ratings, appended in the order of their time."""
    shape = Shape(size.users, SHAPE.movies, size.ratings, seed=1)
    generate(folder / "set", shape, lambda _: None)
    table = csv.read_csv(folder / "set" / "ratings.csv").sort_by("timestamp")
    log = Storage.of(str(folder / "log"))
    event_log.claim(log, TOPIC)
    whose = table["userId"].to_numpy()
    everybody = np.unique(whose)
    of = np.array([partition_of(user, PARTITIONS) for user in everybody.tolist()])
    partitions = of[np.searchsorted(everybody, whose)]
    for partition in range(PARTITIONS):
        at = np.flatnonzero(partitions == partition)
        for first in range(0, len(at), ROWS):
            event_log.land(log, partition, [_rows(table, at[first : first + ROWS], first)])


def _rows(
    table: pa.Table, at: "np.ndarray[tuple[int], np.dtype[np.intp]]", first: int
) -> pa.RecordBatch:
    """These rows of a release as an event log has them; their place is when they were appended."""
    some, nothing = table.take(at), pa.nulls(len(at), pa.string())
    columns = [
        pa.array(np.arange(first, first + len(at))),
        pa.array(LANDED_MS + at),
        pa.array(np.full(len(at), Kind.rated, np.uint8)),
        pa.array([EVENT_ID] * len(at)),
        some["userId"].cast(pa.int32()).combine_chunks(),
        some["movieId"].cast(pa.int32()).combine_chunks(),
        pa.array((2 * some["rating"].to_numpy()).astype(np.uint8)),
        pa.array(1000 * some["timestamp"].to_numpy()),
        nothing,
        nothing,
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def retrained(folder: Path, redis_url: str, engine: str) -> RetrainReport:
    """What a process that retrains once tells."""
    command = [sys.executable, "-m", "bench.retrain_once", str(folder), redis_url, engine]
    variables = child_environment({"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=RetrainReport)


def figures(size: Size, engine: str, took: RetrainReport) -> list[Figure]:
    """Each step, the whole, the memory, and the rebuild."""
    title = f"{size.title}, {engine}"
    steps = [Figure(f"{title}: {step}", round(s, 1), "s", "", None) for step, s in took.steps]
    whole = sum(s for _, s in took.steps)
    return [
        *steps,
        Figure(f"{title}: from request to activation", round(whole, 1), "s", "", None),
        Figure(f"{title}: processor time", round(took.cpu_s, 1), "s", "", None),
        Figure(f"{title}: memory at most", round(took.resident_mib), "MiB", "", None),
        at_most(
            f"{title}: lists of {size.users:,} users again, from the artefact",
            round(took.rebuilt_s, 1),
            "s",
            size.rebuilt_within_s,
        ),
    ]


if __name__ == "__main__":
    typer.run(main)

"""Checkpoints as Spark leaves them behind, and logs as far as they go."""

import json
from pathlib import Path

from contracts.topics import Identity
from event_log import Storage, land
from harness.builders import log_rows, rated
from streaming.checkpoint_files import LOG, TRENDS, marks
from streaming.checkpoint_guard import SideFile, write

IDENTITY = Identity("cluster", "topic", 2)
SCHEMA = "as now"
EVENTS_A_BATCH = 10


def spark_query(folder: Path, batches: int, planned: int = 0, first: int = 0) -> None:
    """A query's folder after so many committed batches, and so many that are only planned."""
    folder.mkdir(parents=True)
    (folder / "metadata").write_text(json.dumps({"id": f"id of {folder.name}"}))
    for kind, count in (("offsets", batches + planned), ("commits", batches)):
        (folder / kind).mkdir()
        for number in range(first, count):
            (folder / kind / str(number)).write_text(text_of(kind, number))
    (folder / "state").mkdir()


def text_of(kind: str, number: int) -> str:
    """What the file of a batch holds."""
    if kind == "commits":
        return 'v1\n{"nextBatchWatermarkMs":0}'
    return f"v1\n{{}}\n{json.dumps({'ratings': end_after(number + 1)})}"


def end_after(batches: int) -> dict[int, int]:
    """The next-offsets after so many batches."""
    return {0: EVENTS_A_BATCH * batches, 1: 2 * EVENTS_A_BATCH * batches}


def used_checkpoint(root: Path, batches: int = 5, planned: int = 1) -> SideFile:
    """A checkpoint that a job has run on; its side file is up to date."""
    for name in (LOG, TRENDS):
        spark_query(root / name, batches, planned)
    side = SideFile(IDENTITY, SCHEMA, marks=marks(root))
    write(root, side)
    return side


def landed(event_log: Storage, batches: int) -> None:
    """Land what so many batches read."""
    for partition, end in end_after(batches).items():
        land(event_log, partition, [log_rows(*[rated(movie_id=1)] * end)])

"""The event log: every record of the topic in Parquet, by partition and offset range.

    <root>/log.json                     identity: cluster id, topic id, partition count
    <root>/<partition>/<first>-<next>.parquet

A file holds the records `first <= offset < next`, all of them: valid ones typed, rejected ones with
their reason and an escaped, shortened copy. Files of a partition follow one another without hole or
overlap. A file appears whole, by rename, and never changes.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.files import flush_folder, write_atomically
from contracts.topics import Identity, NextOffsets

SCHEMA = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("timestamp_ms", pa.int64(), nullable=False),
        ("kind", pa.uint8()),
        ("event_id", pa.string()),
        ("user_id", pa.int32()),
        ("movie_id", pa.int32()),
        ("half_stars", pa.uint8()),
        ("rated_at_ms", pa.int64()),
        ("reason", pa.string()),
        ("copy", pa.string()),
    ]
)
"""`reason` and `copy` are null on valid rows; the six columns before them on rejected ones."""

COPY_CHARACTERS = 1000


class BrokenLog(RuntimeError):
    """A hole or an overlap between the log's files, or records that do not follow it."""


class ForeignLog(RuntimeError):
    """A log of another cluster, topic or partition count."""


def claim(root: Path, identity: Identity) -> None:
    """Mark an empty log as this topic's; refuse one that is another's.

    Raises:
        ForeignLog: naming both identities.
    """
    root.mkdir(parents=True, exist_ok=True)
    marker = root / "log.json"
    if not marker.exists():
        write_atomically(marker, json.dumps(asdict(identity), indent=1).encode())
    found = identity_of(root)
    if found != identity:
        raise ForeignLog(f"event log {root} is of {found}, not of {identity}")


def identity_of(root: Path) -> Identity:
    """Whose log this is."""
    return Identity(**json.loads((root / "log.json").read_bytes()))


def ends(root: Path) -> dict[int, int]:
    """The contiguous end of every partition: the log's next-offsets.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    return {int(d.name): _end(_files(root, int(d.name))) for d in root.glob("[0-9]*")}


def land(root: Path, partition: int, rows: Iterable[pa.RecordBatch]) -> None:
    """Append contiguous rows of one partition as one file; drop those that the log already has.

    Dropping is what keeps files from overlapping however a checkpoint was damaged or rewound.

    Raises:
        BrokenLog: if the rows do not begin at or before the log's end, or leave an offset out.
    """
    end = _end(_files(root, partition))
    table = pa.Table.from_batches(rows, SCHEMA)
    table = table.filter(pc.greater_equal(table["offset"], end))
    if not table.num_rows:
        return
    offsets, following = table["offset"].to_numpy(), end + table.num_rows
    if not np.array_equal(offsets, np.arange(end, following)):
        found = f"{table.num_rows} rows from {offsets[0]} to {offsets[-1]}"
        raise BrokenLog(f"partition {partition} of {root} ends at {end}, got {found}")
    _publish(root / str(partition), f"{end:020d}-{following:020d}.parquet", table)


def read(root: Path, upto: NextOffsets, columns: list[str] | None = None) -> pa.Table:
    """All rows below `upto`, partition by partition in offset order, with a column `partition`.

    Raises:
        BrokenLog: if the log has a hole, an overlap, or ends before `upto`.
    """
    wanted = [*dict.fromkeys(["offset", *(columns or SCHEMA.names)])]
    parts = [_read_partition(root, p, upto[p], wanted) for p in sorted(upto)]
    empty = pa.schema([SCHEMA.field(name) for name in wanted] + [("partition", pa.int32())])
    return pa.concat_tables([empty.empty_table(), *parts])


def _read_partition(root: Path, partition: int, upto: int, columns: list[str]) -> pa.Table:
    files = _files(root, partition)
    if _end(files) < upto:
        raise BrokenLog(f"partition {partition} of {root} ends at {_end(files)}, before {upto}")
    needed = [path for first, _, path in files if first < upto]
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    table = pa.concat_tables(
        [schema.empty_table(), *(pq.read_table(path, columns=columns) for path in needed)]
    ).cast(schema)
    table = table.filter(pc.less(table["offset"], upto))
    return table.append_column("partition", pa.array([partition] * table.num_rows, pa.int32()))


def _publish(folder: Path, name: str, table: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.{os.getpid()}"
    pq.write_table(table, temporary, compression="zstd")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.rename(folder / name)
    flush_folder(folder)


def _files(root: Path, partition: int) -> list[tuple[int, int, Path]]:
    """(first, next, path) in offset order."""
    paths = (root / str(partition)).glob("[0-9]*.parquet")
    return sorted((*map(int, path.stem.split("-")), path) for path in paths)  # type: ignore[misc]


def _end(files: list[tuple[int, int, Path]]) -> int:
    end = 0
    for first, following, path in files:
        if first != end:
            raise BrokenLog(f"{path} begins at {first}, the log before it ends at {end}")
        end = following
    return end

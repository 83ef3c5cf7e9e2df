"""Reads and appends the event log's rows."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.next_offsets import NextOffsets
from event_log.log_files import BrokenLog, LogFile, by_partition, chain
from event_log.storage import Storage

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


def files_by_partition(log: Storage, partition: int | None = None) -> Mapping[int, list[LogFile]]:
    """The files of each partition, or of one, that are there: merged ones too."""
    return by_partition(log.modified("" if partition is None else str(partition)))


def ends(log: Storage) -> dict[int, int]:
    """The contiguous end of every partition: the log's next-offsets.

    Raises:
        BrokenLog: on a hole or an overlap.
    """
    return {partition: _end(chain(some)) for partition, some in files_by_partition(log).items()}


def land(log: Storage, partition: int, rows: Iterable[pa.RecordBatch]) -> None:
    """Append contiguous rows of one partition as one file; drop those that the log already has.

    Dropping is what keeps files from overlapping however a checkpoint was damaged or rewound.

    Raises:
        BrokenLog: if the rows do not begin at or before the log's end, or leave an offset out.
    """
    end = _end(chain(files_by_partition(log, partition)[partition]))
    table = pa.Table.from_batches(rows, SCHEMA)
    table = table.filter(pc.greater_equal(table["offset"], end))
    if not table.num_rows:
        return
    offsets, until = table["offset"].to_numpy(), end + table.num_rows
    if not np.array_equal(offsets, np.arange(end, until)):
        found = f"{table.num_rows} rows from {offsets[0]} to {offsets[-1]}"
        raise BrokenLog(f"partition {partition} of {log} ends at {end}, got {found}")
    publish(log, LogFile(partition, end, until), table)


def publish(log: Storage, span: LogFile, rows: pa.Table) -> None:
    """Let a file appear with these rows."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    log.write(span.name, sink.getvalue().to_pybytes())


def read(log: Storage, upto: NextOffsets, columns: list[str] | None = None) -> pa.Table:
    """All rows below `upto`, partition by partition in offset order, with a column `partition`.

    Raises:
        BrokenLog: if the log has a gap, an overlap, or ends before `upto`.
    """
    wanted = [*dict.fromkeys(["offset", *(columns or SCHEMA.names)])]
    found = files_by_partition(log)
    parts = [_read_partition(log, p, chain(found[p]), upto[p], wanted) for p in sorted(upto)]
    empty = pa.schema([SCHEMA.field(name) for name in wanted] + [("partition", pa.int32())])
    return pa.concat_tables([empty.empty_table(), *parts])


def rows_of(log: Storage, files: Iterable[LogFile], columns: list[str]) -> pa.Table:
    """All rows of these files."""
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    tables = (pq.read_table(log.open(span.name), columns=columns) for span in files)
    return pa.concat_tables([schema.empty_table(), *tables]).cast(schema)


def _read_partition(
    log: Storage, partition: int, files: list[LogFile], upto: int, columns: list[str]
) -> pa.Table:
    if _end(files) < upto:
        raise BrokenLog(f"partition {partition} of {log} ends at {_end(files)}, before {upto}")
    table = rows_of(log, (span for span in files if span.first < upto), columns)
    table = table.filter(pc.less(table["offset"], upto))
    return table.append_column("partition", pa.array([partition] * table.num_rows, pa.int32()))


def _end(files: list[LogFile]) -> int:
    return files[-1].next if files else 0

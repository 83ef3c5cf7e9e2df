"""Records as Spark hands them to the streaming job's parser."""

import pyarrow as pa

from contracts.event_parser import Record

RECORDS = pa.schema(
    [
        ("key", pa.binary()), ("value", pa.binary()), ("partition", pa.int32()),
        ("offset", pa.int64()), ("timestamp_ms", pa.int64()),
    ]
)  # fmt: skip


def batch_of(*records: Record, first: int = 0) -> pa.RecordBatch:
    """Records as Spark hands them over."""
    rows = [
        {"key": r.key, "value": r.value, "partition": r.partition, "offset": offset,
         "timestamp_ms": r.timestamp_ms}
        for offset, r in enumerate(records, first)
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows, schema=RECORDS)

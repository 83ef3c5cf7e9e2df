"""Records of the topic as Arrow batches, and their one parser inside Spark."""

import gc
import json
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from contracts.event_parser import MalformedEvent, Record, parse
from contracts.next_offsets import NextOffsets, to_json_keys
from event_log import COPY_CHARACTERS, SCHEMA

MAX_OFFSETS = 100_000
"""Records in one micro-batch, so that a backlog is read in bounded pieces."""

FETCH_WAIT_MS = 10
"""How long the broker may wait for records before it answers a fetch; 500 is Kafka's default.

Spark asks for a partition's ends after it has read, behind a fetch that its consumer has sent ahead
by then; at a topic's end that one waits, and each task with it.
"""


def ratings(spark: SparkSession, bootstrap: str, topic: str, begin: NextOffsets) -> DataFrame:
    """The topic as a stream of (key, value, partition, offset, timestamp_ms).

    A new query begins at `begin`, or where that is empty at the topic's beginning.

    A partition's records stay together: one task holds one contiguous range of offsets.
    """
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", topic)
        .option("startingOffsets", _spelled(topic, begin))
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", MAX_OFFSETS)
        .option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
        .load()
        .selectExpr(
            "key", "value", "partition", "offset", "timestamp",
            "unix_millis(timestamp) AS timestamp_ms",
        )
    )  # fmt: skip


def _spelled(topic: str, begin: NextOffsets) -> str:
    return json.dumps({topic: to_json_keys(begin)}) if begin else "earliest"


@cache
def spare_imports() -> None:
    """Take all that a worker has imported out of the garbage collector's sight, once.

    Spark's daemon collects after every task; over pandas and pyarrow that takes 30 ms.
    """
    gc.freeze()


def parsed(batch: pa.RecordBatch, partitions: int) -> pa.RecordBatch:
    """A batch of records as rows of the event log: valid ones typed, others with a reason."""
    names = ("key", "value", "partition", "offset", "timestamp_ms")
    columns = (batch.column(name).to_pylist() for name in names)
    rows = [
        _row(Record(key, partition, value, timestamp_ms), offset, partitions)
        for key, value, partition, offset, timestamp_ms in zip(*columns, strict=True)
    ]
    by_column = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    arrays = [pa.array(c, f.type) for c, f in zip(by_column, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def escaped(value: bytes | None) -> str:
    """A rejected value as printable text of bounded length."""
    return "" if value is None else repr(value[:COPY_CHARACTERS])[2:-1][:COPY_CHARACTERS]


def rows_of(batches: Iterable[pa.RecordBatch], partitions: int) -> Iterator[pa.RecordBatch]:
    """Every batch parsed."""
    return (parsed(batch, partitions) for batch in batches)


def _row(record: Record, offset: int, partitions: int) -> tuple[object, ...]:
    """A row in the order of the event log's schema."""
    position = (offset, record.timestamp_ms)
    try:
        event = parse(record, partitions)
    except MalformedEvent as error:
        return *position, *[None] * 6, error.reason.value, escaped(record.value)
    return *position, int(event.kind), *msgspec.structs.astuple(event)[1:], None, None

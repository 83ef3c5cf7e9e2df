"""The event log query: every record lands once, rejected ones also go to the dead letters."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from contracts.event_parser import Reason
from event_log import Storage, land
from streaming.kafka_source import rows_of, spare_imports

EVERY = "2 seconds"
LETTER = pa.schema([("key", pa.string()), ("value", pa.string()), ("reason", pa.string())])
REJECTED = "rejected"
"""The name under which Spark's progress reports tell the rejected rows of a batch, by reason."""


def start(
    records: DataFrame,
    event_log: Storage,
    partitions: int,
    bootstrap: str,
    topic: str,
    checkpoint: Path,
) -> StreamingQuery:
    """Land the stream in the log; the query's own sink are the dead letters."""
    letters = records.drop("timestamp").mapInArrow(
        landing(event_log, partitions), "key string, value string, reason string"
    )
    by_reason = (F.count_if(F.col("reason") == reason).alias(reason) for reason in Reason)
    return (
        letters.observe(REJECTED, *by_reason)
        .select("key", "value")
        .writeStream.queryName("event-log")
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("topic", topic)
        .option("checkpointLocation", f"file://{checkpoint}")
        .trigger(processingTime=EVERY)
        .start()
    )


def landing(
    event_log: Storage, partitions: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for `mapInArrow`: land a task's records, hand on the dead letters."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        spare_imports()
        batches = (batch for batch in batches if batch.num_rows)
        records = list(batches)
        if not records:
            return
        held = {p for batch in records for p in batch.column("partition").unique().to_pylist()}
        (partition,) = held  # more than one would mean that Spark split or merged partitions
        rows = list(rows_of(records, partitions))
        land(event_log, partition, rows)
        for batch in rows:
            yield dead_letters(batch, partition)

    return task


def dead_letters(rows: pa.RecordBatch, partition: int) -> pa.RecordBatch:
    """The rejected rows as letters, keyed by position, so that a repeated one can be told."""
    rejected = [row for row in rows.to_pylist() if row["reason"] is not None]
    letters = [
        {
            "key": f"{partition}:{row['offset']}",
            "value": json.dumps(
                {"partition": partition}
                | {name: row[name] for name in ("offset", "timestamp_ms", "reason", "copy")}
            ),
            "reason": row["reason"],
        }
        for row in rejected
    ]
    return pa.RecordBatch.from_pylist(letters, schema=LETTER)

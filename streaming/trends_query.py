"""The trends query: minute, hour and day buckets of trends and activity."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from contracts.catalogue import load
from contracts.trends import DAY
from streaming.bucket_counts import CELL_DDL, COLUMNS, Genres, Names, cells
from streaming.kafka_source import parsed, spare_imports

EVERY = "2 seconds"
LATE = f"{DAY.seconds + DAY.kept_s} seconds"
"""The watermark is behind the newest day's `kept_until`: today's beginning. So a record counts in
every bucket that Redis still has, however far partitions lie apart in a backlog, and a bucket's
state goes the day after its last reader."""


def start(
    records: DataFrame,
    write: Callable[[DataFrame, int], None],
    catalogue: Path,
    partitions: int,
    checkpoint: Path,
) -> StreamingQuery:
    """Count the stream; `write` takes the counts that a batch has changed."""
    return (
        counted(records.mapInArrow(counting(catalogue, partitions), CELL_DDL))
        .writeStream.queryName("trends")
        .outputMode("update")
        .foreachBatch(write)
        .option("checkpointLocation", f"file://{checkpoint}")
        .trigger(processingTime=EVERY)
        .start()
    )


def counted(cells: DataFrame) -> DataFrame:
    """Cells merged by bucket and name."""
    return (
        cells.withWatermark("kept_until", LATE)
        .groupBy("kept_until", "grain", "start_s", "name")
        .agg(
            F.sum("count").alias("count"),
            F.sum("half_stars").alias("half_stars"),
            F.max("rank").alias("rank"),
        )
        .select("grain", "start_s", "name", "count", "half_stars", "rank")
    )


def counting(
    catalogue: Path, partitions: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for `mapInArrow`: what a task's records count."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        spare_imports()
        names = Names(genres_by_movie(catalogue))
        rows = [parsed(batch, partitions).select(COLUMNS) for batch in batches]
        if rows:
            yield from cells(pa.Table.from_batches(rows), names).to_batches()

    return task


def genres_by_movie(catalogue: Path) -> Genres:
    """Genres of every movie in the catalogue's file; none where there is no catalogue."""
    if not catalogue.is_file():
        return {}
    return {movie.movie_id: movie.genres for movie in load(catalogue).movies}

"""The trends query: fresh ratings per movie and genre in minute, hour and day buckets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from contracts.catalogue import load
from contracts.events import is_fresh
from contracts.store.trends import BucketCounts
from contracts.trends import GRAINS, Bucket
from streaming.source import parsed

EVERY = "2 seconds"
LATE = "1 day"
"""How far partitions may lie apart in a backlog before a bucket is closed."""

CELL = pa.schema(
    [
        ("timestamp", pa.timestamp("us", "UTC")),
        ("grain", pa.int8()),
        ("start_s", pa.int64()),
        ("name", pa.string()),
        ("half_stars", pa.int32()),
    ]
)
CELL_DDL = "timestamp timestamp, grain tinyint, start_s bigint, name string, half_stars int"


def start(
    records: DataFrame,
    write: Callable[[DataFrame, int], None],
    catalogue: Path,
    partitions: int,
    checkpoint: Path,
) -> StreamingQuery:
    """Count the stream's fresh ratings; `write` takes the counts that a batch has changed."""
    return (
        counted(records.mapInArrow(exploding(catalogue, partitions), CELL_DDL))
        .writeStream.queryName("trends")
        .outputMode("update")
        .foreachBatch(write)
        .option("checkpointLocation", str(checkpoint))
        .trigger(processingTime=EVERY)
        .start()
    )


def counted(cells: DataFrame) -> DataFrame:
    """Cells summed by bucket and name; the state of a day's buckets goes when the day is over."""
    return (
        cells.withWatermark("timestamp", LATE)
        .groupBy(F.window("timestamp", "1 day"), "grain", "start_s", "name")
        .agg(F.count("*").alias("ratings"), F.sum("half_stars").alias("half_stars"))
        .select("grain", "start_s", "name", "ratings", "half_stars")
    )


def exploding(
    catalogue: Path, partitions: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function for `mapInArrow`: one cell per fresh rating, grain, movie and genre of it."""

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        genres = genres_by_movie(catalogue)
        for batch in batches:
            yield cells(parsed(batch, partitions), genres)

    return task


def genres_by_movie(catalogue: Path) -> dict[int, tuple[str, ...]]:
    """Genres of every movie in the catalogue's file; none where there is no catalogue."""
    if not catalogue.is_file():
        return {}
    return {movie.movie_id: movie.genres for movie in load(catalogue).movies}


def cells(rows: pa.RecordBatch, genres: dict[int, tuple[str, ...]]) -> pa.RecordBatch:
    """The cells that a batch of log rows counts in."""
    out: list[tuple[int, int, int, str, int]] = []
    wanted = rows.select(["timestamp_ms", "movie_id", "half_stars", "rated_at_ms"]).to_pylist()
    for row in wanted:
        if row["half_stars"] is None or not is_fresh(row["rated_at_ms"], row["timestamp_ms"]):
            continue
        movie, second = row["movie_id"], row["timestamp_ms"] // 1000
        names = (f"m:{movie}", *(f"g:{genre}" for genre in genres.get(movie, ())))
        starts = [second - second % grain.seconds for grain in GRAINS]
        for grain, start_s in enumerate(starts):
            place = (row["timestamp_ms"] * 1000, grain, start_s)
            out += [(*place, name, row["half_stars"]) for name in names]
    columns = zip(*out, strict=True) if out else ([] for _ in CELL)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, CELL, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=CELL)


def changed_buckets(table: pa.Table) -> list[BucketCounts]:
    """Rows of `counted`, gathered by bucket."""
    gathered: dict[Bucket, dict[str, tuple[int, int]]] = {}
    for row in table.to_pylist():
        bucket = Bucket(GRAINS[row["grain"]], row["start_s"])
        gathered.setdefault(bucket, {})[row["name"]] = (row["ratings"], row["half_stars"])
    return [BucketCounts(bucket, counts) for bucket, counts in gathered.items()]

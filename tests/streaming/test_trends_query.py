from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from contracts.catalogue import Catalogue, Movie, save
from contracts.trends import DAY, GRAINS
from harness.builders import AT_MS, PARTITIONS, holding, log_rows, rated, record
from harness.streaming.record_batches import batch_of
from streaming.bucket_counts import CELL, CELL_DDL, Names, buckets, cells
from streaming.trends_query import counted, counting, genres_by_movie


def test_genres_are_read_from_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    save(path, Catalogue([Movie(10, "A", None, ("Comedy",), None, None, 0)], []))

    assert genres_by_movie(path) == {10: ("Comedy",)}


def test_without_a_catalogue_movies_count_alone(tmp_path: Path) -> None:
    task = counting(tmp_path / "none.json", PARTITIONS)

    counted = pa.Table.from_batches(task(iter([batch_of(record(rated()))])))

    assert [name for name in counted["name"].to_pylist() if name[0] in "mg"] == ["m:10"] * 3
    assert counted.schema == CELL


def test_a_task_counts_all_its_batches_at_once(tmp_path: Path) -> None:
    task = counting(tmp_path / "none.json", PARTITIONS)
    batches = [batch_of(record(rated(movie_id=1 + n % 2)), holding(b"junk")) for n in range(6)]

    counted = pa.Table.from_batches(task(iter(batches)))

    minutes = counted.filter(pc.equal(counted["grain"], 0)).to_pylist()
    counts = {cell["name"]: cell["count"] for cell in minutes if cell["name"][0] != "u"}
    assert counts == {"m:1": 3, "m:2": 3, "a:records": 12, "a:rejected": 6, "a:ratings": 6}


def test_a_task_without_records_counts_nothing(tmp_path: Path) -> None:
    task = counting(tmp_path / "none.json", PARTITIONS)

    assert [*task(iter([]))] == []
    assert sum(batch.num_rows for batch in task(iter([batch_of()]))) == 0


@pytest.mark.spark
def test_what_comes_days_late_counts_as_long_as_its_bucket_is_kept(
    spark: SparkSession, tmp_path: Path
) -> None:
    """A partition that is far behind the others in a backlog, over a job's whole batches."""
    days_late, found = (0, 7, 7, 9, 0), dict[tuple[str, int], int]()
    (tmp_path / "cells").mkdir()

    def note(batch: DataFrame, _: int) -> None:
        for one in buckets(batch.toArrow().to_pylist()):
            if records := one.activity.get("records"):
                found[one.bucket.grain.name, days_ago(one.bucket.start_s)] = records

    for n, late in enumerate(days_late):
        at_ms = AT_MS - late * DAY.seconds * 1000
        rows = pa.Table.from_batches([log_rows(rated(at_ms=at_ms), timestamp_ms=at_ms)])
        pq.write_table(cells(rows, Names({})), tmp_path / "cells" / f"{n}.parquet")
        query = (
            counted(spark.readStream.schema(CELL_DDL).parquet(str(tmp_path / "cells")))
            .writeStream.outputMode("update")
            .foreachBatch(note)
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()

    assert found == {(grain.name, 0): 2 for grain in GRAINS} | {("day", 7): 2}


def days_ago(start_s: int) -> int:
    return round((AT_MS / 1000 - start_s) / DAY.seconds)

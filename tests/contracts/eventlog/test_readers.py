"""Readers that know nothing of Reelstream, by the manifest alone."""

import json
import re
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
import pytest
from pyspark.sql import SparkSession

from contracts.eventlog import Place, read
from tests.contracts.eventlog.filling import RECORDS, fill


@pytest.fixture
def log(tmp_path: Path) -> Place:
    """A log on a disk, where each of them can read it."""
    log = Place.of(str(tmp_path / "log"))
    fill(log)
    return log


@pytest.fixture
def paths(log: Place) -> list[str]:
    """The files that the manifest names."""
    return [f"{log}/{file['path']}" for file in json.loads(log.read("manifest.json"))["files"]]


def test_a_pyarrow_dataset_reads_the_same_rows_as_we_do(log: Place, paths: list[str]) -> None:
    rows = ds.dataset(paths).to_table(columns=["offset", "movie_id"])

    assert rows.equals(read(log, {0: 5, 2: 2}, ["movie_id"]).select(["offset", "movie_id"]))


def test_duckdb_reads_it_with_the_lines_of_the_readme(
    log: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = Path(__file__).parents[3] / "README.md"
    match = re.search(r"```sql\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    monkeypatch.chdir(log.url)

    with duckdb.connect() as database:
        found = database.execute(match[1]).fetchall()

    assert sorted(found, key=str) == [("json", 1), (None, RECORDS - 1)]


@pytest.mark.spark
def test_spark_reads_what_the_manifest_names(paths: list[str], spark: SparkSession) -> None:
    rows = spark.read.parquet(*paths)

    assert (rows.count(), rows.where("reason IS NOT NULL").count()) == (RECORDS, 1)

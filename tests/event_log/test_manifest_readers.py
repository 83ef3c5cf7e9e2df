"""Readers that know nothing of Reelstream, by the manifest alone."""

import json
import re
from pathlib import Path

import duckdb
import pyarrow.dataset as ds
import pytest
from pyspark.sql import SparkSession

from event_log import Storage, read
from tests.event_log.merging_log import RECORDS, fill

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "event-log.md"


@pytest.fixture
def log(tmp_path: Path) -> Storage:
    """A log on a disk, where each of them can read it."""
    log = Storage.of(str(tmp_path / "log"))
    fill(log)
    return log


@pytest.fixture
def paths(log: Storage) -> list[str]:
    """The files that the manifest names."""
    return [f"{log}/{file['path']}" for file in json.loads(log.read("manifest.json"))["files"]]


def test_a_pyarrow_dataset_reads_the_same_rows_as_we_do(log: Storage, paths: list[str]) -> None:
    rows = ds.dataset(paths).to_table(columns=["offset", "movie_id"])

    assert rows.equals(read(log, {0: 5, 2: 2}, ["movie_id"]).select(["offset", "movie_id"]))


def test_duckdb_reads_it_with_the_lines_of_its_page(
    log: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = re.search(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    monkeypatch.chdir(log.url)

    with duckdb.connect() as database:
        found = database.execute(match[1]).fetchall()

    assert sorted(found, key=str) == [("json", 1), (None, RECORDS - 1)]


def test_pyarrow_reads_it_with_the_lines_of_its_page(
    log: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    (tmp_path / "state" / "up").mkdir(parents=True)
    (tmp_path / "state" / "up" / "event-log").symlink_to(log.url)
    monkeypatch.chdir(tmp_path)
    names: dict[str, ds.Dataset] = {}

    exec(match[1], names)

    assert len(names["table"]) == RECORDS


@pytest.mark.spark
def test_spark_reads_what_the_manifest_names(paths: list[str], spark: SparkSession) -> None:
    rows = spark.read.parquet(*paths)

    assert (rows.count(), rows.where("reason IS NOT NULL").count()) == (RECORDS, 1)

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from contracts.catalogue import Catalogue, Movie, save
from streaming.buckets import CELL
from streaming.trends import counting, genres_by_movie
from tests.builders import PARTITIONS, holding, rated, record
from tests.streaming.test_source import batch_of


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

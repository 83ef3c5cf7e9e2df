from pathlib import Path

from contracts.catalogue import Catalogue, Movie, save
from streaming.buckets import CELL
from streaming.trends import counting, genres_by_movie
from tests.builders import PARTITIONS, rated, record
from tests.streaming.test_source import batch_of


def test_genres_are_read_from_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    save(path, Catalogue([Movie(10, "A", None, ("Comedy",), None, None, 0)], []))

    assert genres_by_movie(path) == {10: ("Comedy",)}


def test_without_a_catalogue_movies_count_alone(tmp_path: Path) -> None:
    task = counting(tmp_path / "none.json", PARTITIONS)

    (batch,) = task(iter([batch_of(record(rated()))]))

    assert set(batch["name"].to_pylist()) == {"m:10"}
    assert batch.schema == CELL


def test_a_batch_that_counts_nothing_is_empty(tmp_path: Path) -> None:
    task = counting(tmp_path / "none.json", PARTITIONS)

    assert sum(batch.num_rows for batch in task(iter([batch_of(record(rated(at_ms=0)))]))) == 0

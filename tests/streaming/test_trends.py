from pathlib import Path

import pyarrow as pa

from contracts.catalogue import Catalogue, Movie, save
from contracts.trends import DAY, GRAINS, HOUR, MINUTE, Bucket
from streaming.trends import CELL, cells, changed_buckets, exploding, genres_by_movie
from tests.builders import AT_MS, PARTITIONS, dismissed, log_rows, rated, record, retracted
from tests.streaming.test_source import batch_of

SECOND = AT_MS // 1000
GENRES: dict[int, tuple[str, ...]] = {10: ("Comedy", "Drama")}
HOUR_MS = 3_600_000


def test_a_fresh_rating_counts_for_movie_and_genres_in_every_grain() -> None:
    made = cells(log_rows(rated()), GENRES).to_pylist()

    assert len(made) == 3 * len(GRAINS)
    assert {cell["name"] for cell in made} == {"m:10", "g:Comedy", "g:Drama"}
    assert {cell["half_stars"] for cell in made} == {8}


def test_a_cell_lies_in_the_buckets_of_the_records_time() -> None:
    made = cells(log_rows(rated(at_ms=AT_MS), timestamp_ms=AT_MS + 61_999), {}).to_pylist()

    starts = {cell["grain"]: cell["start_s"] for cell in made}
    assert starts == {0: SECOND + 60, 1: SECOND, 2: SECOND - SECOND % 86_400}


def test_an_old_rating_counts_nowhere() -> None:
    rows = log_rows(rated(at_ms=AT_MS - HOUR_MS - 1), rated(at_ms=AT_MS - HOUR_MS + 1))

    assert cells(rows, {}).num_rows == len(GRAINS)


def test_only_ratings_count() -> None:
    assert cells(log_rows(retracted(), dismissed(), "json"), GENRES).num_rows == 0


def test_no_cells_are_an_empty_batch() -> None:
    assert cells(log_rows("json"), {}).schema == CELL


def test_a_movie_without_genres_counts_by_itself() -> None:
    assert set(cells(log_rows(rated(movie_id=99)), GENRES)["name"].to_pylist()) == {"m:99"}


def test_the_same_record_twice_counts_twice() -> None:
    assert cells(log_rows(rated(), rated()), {}).num_rows == 2 * len(GRAINS)


def test_genres_are_read_from_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    save(path, Catalogue([Movie(10, "A", None, ("Comedy",), None, None, 0)], []))

    assert genres_by_movie(path) == {10: ("Comedy",)}


def test_without_a_catalogue_movies_count_alone(tmp_path: Path) -> None:
    task = exploding(tmp_path / "none.json", PARTITIONS)

    (batch,) = task(iter([batch_of(record(rated()))]))

    assert set(batch["name"].to_pylist()) == {"m:10"}


def test_changed_counts_are_gathered_by_bucket() -> None:
    rows = [
        {"grain": 0, "start_s": 60, "name": "m:10", "ratings": 2, "half_stars": 9},
        {"grain": 0, "start_s": 60, "name": "g:Drama", "ratings": 3, "half_stars": 12},
        {"grain": 2, "start_s": 0, "name": "m:10", "ratings": 5, "half_stars": 30},
    ]

    changed = changed_buckets(pa.Table.from_pylist(rows))

    assert {one.bucket: one.counts for one in changed} == {
        Bucket(MINUTE, 60): {"m:10": (2, 9), "g:Drama": (3, 12)},
        Bucket(DAY, 0): {"m:10": (5, 30)},
    }
    assert Bucket(HOUR, 0) not in {one.bucket for one in changed}

"""Counting a column at a time is counting one by one."""

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import Event, is_fresh
from contracts.trends import DAY, GRAINS, MINUTE, Bucket
from streaming.buckets import CELL, Names, buckets, cells
from tests.builders import AT_MS, dismissed, log_rows, rated, retracted

SECOND = AT_MS // 1000
HOUR_MS = 3_600_000
GENRES: dict[int, tuple[str, ...]] = {1: ("Comedy", "Drama"), 2: ("Drama",)}

EVENTS = st.builds(
    rated,
    user_id=st.integers(1, 4),
    movie_id=st.integers(1, 3),
    half_stars=st.integers(1, 10),
    at_ms=st.integers(AT_MS - HOUR_MS - 3, AT_MS + 60_000),
) | st.sampled_from([retracted(), dismissed(), "json"])


def table(*events: Event | str, timestamp_ms: int = AT_MS) -> pa.Table:
    return pa.Table.from_batches([log_rows(*events, timestamp_ms=timestamp_ms)])


def one_by_one(rows: pa.Table) -> dict[tuple[int, int, str], tuple[int, int, int]]:
    """By grain, start and name: ratings, half-stars and the newest record's second."""
    ratings: Counter[tuple[int, int, str]] = Counter()
    half_stars: Counter[tuple[int, int, str]] = Counter()
    newest: dict[tuple[int, int, str], int] = {}
    for row in rows.to_pylist():
        if row["half_stars"] is None or not is_fresh(row["rated_at_ms"], row["timestamp_ms"]):
            continue
        second = row["timestamp_ms"] // 1000
        for grain, (_, width, _) in enumerate(GRAINS):
            for name in (
                f"m:{row['movie_id']}",
                *(f"g:{g}" for g in GENRES.get(row["movie_id"], ())),
            ):
                place = (grain, second - second % width, name)
                ratings[place] += 1
                half_stars[place] += row["half_stars"]
                newest[place] = max(newest.get(place, 0), row["timestamp_ms"])
    return {place: (ratings[place], half_stars[place], newest[place]) for place in ratings}


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30), st.integers(0, 86_400_000))
def test_cells_are_what_one_by_one_counts(events: list[Event | str], later_ms: int) -> None:
    rows = table(*events, timestamp_ms=AT_MS + later_ms)

    made = cells(rows, Names(GENRES))

    assert made.schema == CELL
    assert {
        (cell["grain"], cell["start_s"], cell["name"]): (
            cell["ratings"],
            cell["half_stars"],
            round(cell["timestamp"].timestamp() * 1000),
        )
        for cell in made.to_pylist()
    } == one_by_one(rows)


def test_a_cell_lies_in_the_buckets_of_the_records_time() -> None:
    made = cells(table(rated(), timestamp_ms=AT_MS + 61_999), Names({})).to_pylist()

    starts = {cell["grain"]: cell["start_s"] for cell in made}
    assert starts == {0: SECOND + 60, 1: SECOND, 2: SECOND - SECOND % 86_400}


def test_an_old_rating_counts_nowhere() -> None:
    rows = table(rated(at_ms=AT_MS - HOUR_MS - 1), rated(at_ms=AT_MS - HOUR_MS + 1))

    assert cells(rows, Names({}))["ratings"].to_pylist() == [1, 1, 1]


def test_only_ratings_count() -> None:
    assert cells(table(retracted(), dismissed(), "json"), Names(GENRES)).num_rows == 0


def test_the_same_record_twice_counts_twice() -> None:
    assert cells(table(rated(), rated()), Names({}))["ratings"].to_pylist() == [2, 2, 2]


def test_cells_are_gathered_by_bucket() -> None:
    rows: list[dict[str, int | str]] = [
        {"grain": 0, "start_s": 60, "name": "m:10", "ratings": 2, "half_stars": 9},
        {"grain": 0, "start_s": 60, "name": "g:Drama", "ratings": 3, "half_stars": 12},
        {"grain": 2, "start_s": 0, "name": "m:10", "ratings": 5, "half_stars": 30},
    ]

    assert {one.bucket: one.counts for one in buckets(rows)} == {
        Bucket(MINUTE, 60): {"m:10": (2, 9), "g:Drama": (3, 12)},
        Bucket(DAY, 0): {"m:10": (5, 30)},
    }

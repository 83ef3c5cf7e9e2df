"""Counting a column at a time is counting one by one, in any parts."""

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import Event, is_fresh
from contracts.hyperloglog import REGISTERS, registers_and_ranks
from contracts.trends import DAY, GRAINS, MINUTE, Bucket
from harness.builders import AT_MS, dismissed, log_rows, rated, retracted
from redis_store.trends import BucketCounts
from streaming.bucket_counts import CELL, Names, buckets, cells

SECOND = AT_MS // 1000
HOUR_MS = 3_600_000
GENRES: dict[int, tuple[str, ...]] = {1: ("Comedy", "Drama"), 2: ("Drama",)}

Cell = tuple[int, int, str]
"""Grain, start and name."""
Summed = dict[Cell, tuple[int, int, int]]
"""Count, half-stars and rank."""

EVENTS = st.builds(
    rated,
    user_id=st.integers(1, 4),
    movie_id=st.integers(1, 3),
    half_stars=st.integers(1, 10),
    at_ms=st.integers(AT_MS - HOUR_MS - 3, AT_MS + 60_000),
) | st.sampled_from([retracted(), dismissed(), dismissed(at_ms=0), "json"])


def table(*events: Event | str, timestamp_ms: int = AT_MS) -> pa.Table:
    return pa.Table.from_batches([log_rows(*events, timestamp_ms=timestamp_ms)])


def names_of(row: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """What a record counts for: count, half-stars and rank by name."""
    if row["reason"] is not None:
        return {"a:records": (1, 0, 0), "a:rejected": (1, 0, 0)}
    counts = {"a:records": (1, 0, 0)}
    if not is_fresh(row["rated_at_ms"], row["timestamp_ms"]):
        return counts
    (register,), (rank,) = registers_and_ranks(np.array([row["user_id"]]))
    counts[f"u:{register}"] = (0, 0, int(rank))
    if row["half_stars"] is None:
        return counts
    movie, half_stars = row["movie_id"], row["half_stars"]
    rated_names = [f"m:{movie}", *(f"g:{genre}" for genre in GENRES.get(movie, ()))]
    return counts | {"a:ratings": (1, 0, 0)} | dict.fromkeys(rated_names, (1, half_stars, 0))


def one_by_one(rows: pa.Table) -> Summed:
    """Cells of rows, counted with plain integers."""
    summed: Summed = {}
    for row in rows.to_pylist():
        second = row["timestamp_ms"] // 1000
        for grain, (_, width, _) in enumerate(GRAINS):
            for name, counted in names_of(row).items():
                add(summed, (grain, second - second % width, name), *counted)
    return summed


def add(summed: Summed, place: Cell, count: int, half_stars: int, rank: int) -> None:
    """As Spark sums cells up."""
    counts, sum_, largest = summed.get(place, (0, 0, 0))
    summed[place] = counts + count, sum_ + half_stars, max(largest, rank)


def spark_sums(*parts: pa.Table) -> Summed:
    """Cells of several batches as Spark sums them up."""
    summed: Summed = {}
    for cell in pa.concat_tables(parts).to_pylist():
        place = cell["grain"], cell["start_s"], cell["name"]
        add(summed, place, *(cell[name] for name in ("count", "half_stars", "rank")))
    return summed


def trend_cells(made: pa.Table) -> list[dict[str, Any]]:
    """Those of movies and genres."""
    return [cell for cell in made.to_pylist() if cell["name"][0] in "mg"]


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30), st.integers(0, 86_400_000))
def test_cells_are_what_one_by_one_counts(events: list[Event | str], later_ms: int) -> None:
    rows = table(*events, timestamp_ms=AT_MS + later_ms)

    made = cells(rows, Names(GENRES))

    assert made.schema == CELL
    assert len(made) == len(spark_sums(made))
    assert spark_sums(made) == one_by_one(rows)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30), st.lists(st.integers(0, 30), max_size=3))
def test_cells_of_parts_add_up_to_those_of_the_whole(
    events: list[Event | str], cuts: list[int]
) -> None:
    rows, names = table(*events), Names(GENRES)
    ends = [0, *sorted(cuts), 30]

    parts = [cells(rows[first:end], names) for first, end in pairwise(ends)]

    assert spark_sums(*parts) == spark_sums(cells(rows, names))


def test_a_cell_lies_in_the_buckets_of_the_records_time() -> None:
    made = cells(table(rated(), timestamp_ms=AT_MS + 61_999), Names({})).to_pylist()

    starts = {cell["grain"]: cell["start_s"] for cell in made}
    assert len(made) == 3 * len({cell["name"] for cell in made})
    assert starts == {0: SECOND + 60, 1: SECOND, 2: SECOND - SECOND % 86_400}


def test_an_old_rating_is_a_record_and_nothing_else() -> None:
    rows = table(rated(at_ms=AT_MS - HOUR_MS - 1), rated(at_ms=AT_MS - HOUR_MS + 1))

    (day,) = buckets(cells(rows.slice(0, 1), Names({})).to_pylist())[2:]
    made = cells(rows, Names({}))

    assert (day.activity, day.counts, day.registers) == ({"records": 1}, {}, {})
    assert [cell["count"] for cell in trend_cells(made)] == [1, 1, 1]


def test_only_ratings_trend_but_whoever_says_anything_is_active() -> None:
    made = cells(table(retracted(), dismissed(user_id=8), "json"), Names(GENRES))

    (day,) = buckets(made.to_pylist())[2:]
    assert trend_cells(made) == []
    assert (day.activity, len(day.registers)) == ({"records": 3, "rejected": 1}, 2)


def test_the_same_record_twice_counts_twice_but_is_one_user() -> None:
    (day,) = buckets(cells(table(rated(), rated()), Names({})).to_pylist())[2:]

    assert (day.counts, day.activity["records"]) == ({"m:10": (2, 16)}, 2)
    assert len(day.registers) == 1


def test_cells_of_a_bucket_are_no_more_than_names_and_registers() -> None:
    users = table(*[rated(user_id=user) for user in range(1, 20_001)])

    made = cells(users, Names({}))

    days = made.filter(pc.equal(made["grain"], GRAINS.index(DAY)))
    assert len(days) <= 2 * (1 + 2 + REGISTERS)


def test_cells_are_gathered_by_bucket() -> None:
    def cell(grain: int, start_s: int, name: str, *counted: int) -> dict[str, int | str]:
        numbers = dict(zip(("count", "half_stars", "rank"), counted, strict=True))
        return {"grain": grain, "start_s": start_s, "name": name, **numbers}

    gathered = buckets(
        [
            cell(0, 60, "m:10", 2, 9, 0),
            cell(0, 60, "g:Drama", 3, 12, 0),
            cell(2, 0, "m:10", 5, 30, 0),
            cell(2, 0, "u:2047", 0, 0, 4),
            cell(2, 0, "a:records", 6, 0, 0),
        ]
    )

    assert gathered == [
        BucketCounts(Bucket(MINUTE, 60), {"m:10": (2, 9), "g:Drama": (3, 12)}),
        BucketCounts(Bucket(DAY, 0), {"m:10": (5, 30)}, {2047: 4}, {"records": 6}),
    ]

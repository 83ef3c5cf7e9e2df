"""What is counted from the event log is what the stream counts."""

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.eventlog import land
from contracts.events import Event
from contracts.trends import GRAINS, Bucket
from streaming.rebuild import buckets_of_log, counted, first_of_day
from streaming.trends import cells
from tests.builders import AT_MS, dismissed, log_rows, rated, retracted

GENRES: dict[int, tuple[str, ...]] = {1: ("Comedy", "Drama"), 2: ("Drama",)}
NOW_S = AT_MS // 1000
DAY_MS = 86_400_000
MIDNIGHT_MS = AT_MS - AT_MS % DAY_MS
HOUR_MS = 3_600_000

EVENTS = st.builds(
    rated,
    user_id=st.integers(1, 4),
    movie_id=st.integers(1, 3),
    half_stars=st.integers(1, 10),
    at_ms=st.integers(AT_MS - HOUR_MS - 3, AT_MS + 60_000),
) | st.sampled_from([retracted(), dismissed(), "json"])


def streamed(rows: pa.RecordBatch) -> dict[Bucket, dict[str, tuple[int, int]]]:
    """The cells that the stream makes, summed."""
    sums: dict[Bucket, dict[str, tuple[int, int]]] = defaultdict(dict)
    for cell in cells(rows, GENRES).to_pylist():
        counts = sums[Bucket(GRAINS[cell["grain"]], cell["start_s"])]
        had = counts.get(cell["name"], (0, 0))
        counts[cell["name"]] = (had[0] + 1, had[1] + cell["half_stars"])
    return dict(sums)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30))
def test_the_log_makes_the_same_buckets_as_the_stream(events: list[Event | str]) -> None:
    rows = log_rows(*events)

    found = {
        one.bucket: one.counts for one in counted(pa.Table.from_batches([rows]), GENRES, NOW_S)
    }

    assert found == streamed(rows)


def test_buckets_that_redis_has_dropped_are_left_out() -> None:
    rows = pa.Table.from_batches([log_rows(rated())])

    grains = {
        days: {one.bucket.grain.name for one in counted(rows, {}, NOW_S + days * 86_400)}
        for days in (0, 1, 5, 20)
    }

    assert grains == {0: {"minute", "hour", "day"}, 1: {"hour", "day"}, 5: {"day"}, 20: set()}


def test_only_records_below_the_offsets_count(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(movie_id=1), rated(movie_id=2), rated(movie_id=3))])
    land(tmp_path, 1, [log_rows(rated(movie_id=4))])

    found = buckets_of_log(tmp_path, {0: 2, 1: 0}, {}, NOW_S)

    assert [set(one.counts) for one in found] == [{"m:1", "m:2"}] * 3


def test_today_begins_where_each_partition_says(tmp_path: Path) -> None:
    land(tmp_path, 0, [log_rows(rated(), rated(), timestamp_ms=MIDNIGHT_MS - 1)])
    land(tmp_path, 1, [log_rows(rated(), timestamp_ms=MIDNIGHT_MS - 5)])
    land(tmp_path, 2, [log_rows(rated(), timestamp_ms=MIDNIGHT_MS)])
    ends = {0: 2, 1: 1, 2: 1, 3: 0}

    assert first_of_day(tmp_path, ends, AT_MS) == {0: 1, 1: 1, 2: 0, 3: 0}


def test_an_empty_log_makes_no_buckets(tmp_path: Path) -> None:
    assert buckets_of_log(tmp_path, {}, GENRES, NOW_S) == []

"""Whatever is changed in what streaming left behind, and by how little: it is seen."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.checker.compare_states import violations
from harness.checker.state_types import Counts
from tests.checker.handmade_topic import live_topic

TRUTH = live_topic().truth()
CELLS = [(bucket, name) for bucket, counts in TRUTH.buckets.items() for name in counts]
CHANGES = st.tuples(st.integers(-9, 9), st.integers(-99, 99)).filter(any)
ROWS = [(partition, n) for partition, rows in TRUTH.log.items() for n in range(len(rows))]
OTHER: dict[str, Any] = {
    "offset": 10_000, "timestamp_ms": 1, "valid": None, "kind": "other", "event_id": "other",
    "user_id": -1, "movie_id": -1, "half_stars": -1, "rated_at_ms": -1,
}  # fmt: skip


@given(st.sampled_from(CELLS), CHANGES)
def test_no_count_can_be_changed_unseen(
    cell: tuple[tuple[str, int], str], by: tuple[int, int]
) -> None:
    (bucket, name), found = cell, copy.deepcopy(TRUTH)
    ratings, half_stars = found.buckets[bucket][name]
    found.buckets[bucket][name] = (ratings + by[0], half_stars + by[1])

    (line,) = violations(TRUTH, found)

    assert line.startswith(f"{bucket[0]} bucket {bucket[1]}, count of {name} should be")


@given(st.sampled_from(CELLS))
def test_no_count_can_be_taken_away_unseen(cell: tuple[tuple[str, int], str]) -> None:
    (bucket, name), found = cell, copy.deepcopy(TRUTH)
    del found.buckets[bucket][name]

    assert len(violations(TRUTH, found)) == 1


@given(
    st.sampled_from(["minute", "hour", "day", "year"]),
    st.integers(0, 2**33),
    st.from_regex(r"\A[mg]:[0-9A-Za-z]+\Z"),
)
def test_no_count_can_be_invented_unseen(grain: str, start: int, name: str) -> None:
    found = copy.deepcopy(TRUTH)
    counts: Counts = found.buckets.setdefault((grain, start), {})
    counts.setdefault(name, (0, 0))

    assert len(violations(TRUTH, found)) == (name not in TRUTH.buckets.get((grain, start), {}))


@given(st.sampled_from(ROWS), st.sampled_from(sorted(OTHER)))
def test_no_field_of_a_row_can_be_changed_unseen(row: tuple[int, int], name: str) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    found.log[partition][n] = found.log[partition][n]._replace(**{name: OTHER[name]})

    (line,) = violations(TRUTH, found)

    assert line.startswith(f"log of partition {partition} ")


@given(st.sampled_from(ROWS))
def test_no_row_can_be_lost_unseen(row: tuple[int, int]) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    del found.log[partition][n]

    assert f"log of partition {partition} lacks offset {n}" in violations(TRUTH, found)


@given(st.sampled_from(ROWS))
def test_no_row_can_be_repeated_unseen(row: tuple[int, int]) -> None:
    (partition, n), found = row, copy.deepcopy(TRUTH)
    found.log[partition].append(found.log[partition][n])

    assert f"log of partition {partition} has an offset twice" in violations(TRUTH, found)

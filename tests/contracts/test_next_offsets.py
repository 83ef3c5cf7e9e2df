import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.next_offsets import (
    earlier,
    events_between,
    from_json_keys,
    later,
    reached,
    to_json_keys,
)

OFFSETS = st.dictionaries(st.integers(0, 11), st.integers(0, 2**40))


@pytest.mark.parametrize(
    ("position", "target", "there"),
    [
        ({0: 5, 1: 3}, {0: 5, 1: 3}, True),
        ({0: 5}, {}, True),
        ({0: 4}, {0: 5}, False),
        ({0: 9}, {0: 5, 1: 1}, False),
        ({}, {0: 0}, True),
    ],
)
def test_a_position_has_reached_what_it_covers(
    position: dict[int, int], target: dict[int, int], there: bool
) -> None:
    assert reached(position, target) is there


@given(OFFSETS, OFFSETS)
def test_the_earlier_of_two_positions_is_reached_by_both(
    a: dict[int, int], b: dict[int, int]
) -> None:
    both = earlier(a, b)

    assert reached(a, both)
    assert reached(b, both)


@given(OFFSETS, OFFSETS)
def test_the_later_of_two_positions_has_reached_both(a: dict[int, int], b: dict[int, int]) -> None:
    both = later(a, b)

    assert reached(both, a)
    assert reached(both, b)


def test_a_partition_that_one_side_lacks_begins_at_zero() -> None:
    assert earlier({0: 5, 1: 7}, {0: 6}) == {0: 5, 1: 0}
    assert later({0: 5, 1: 7}, {0: 6}) == {0: 6, 1: 7}


def test_events_between_positions_are_counted_per_partition() -> None:
    assert events_between({0: 5, 1: 9}, {0: 7, 1: 3, 2: 4}) == 6


@given(OFFSETS)
def test_offsets_survive_json(offsets: dict[int, int]) -> None:
    assert from_json_keys(to_json_keys(offsets)) == offsets


def test_partitions_are_in_order_in_json() -> None:
    assert list(to_json_keys({10: 1, 2: 1})) == ["2", "10"]

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import LAST_INSTANT_MS
from contracts.ranked_lists import MOST_STARS, NO_STARS, RankedList, pack, unpack
from contracts.stored_value_checks import CorruptValue
from harness.builders import AT_MS, ranked, same_list, user_lists

NUMBERS = st.integers(0, LAST_INSTANT_MS)
STARS = st.integers(0, MOST_STARS) | st.just(NO_STARS)
ENTRIES = st.tuples(st.integers(1, 2**31 - 1), st.floats(-1e6, 1e6, width=32), STARS)


@st.composite
def lists(draw: st.DrawFn) -> RankedList:
    entries = draw(st.lists(ENTRIES, max_size=20))
    movies, scores, stars = zip(*entries, strict=True) if entries else ((), (), ())
    stamp = draw(st.tuples(st.integers(0, 2**32 - 1), NUMBERS, NUMBERS, NUMBERS))
    columns = (np.array(movies, np.uint32), np.array(scores, np.float32), np.array(stars, np.uint8))
    return RankedList(*stamp, *columns)


@given(lists())
def test_a_packed_list_is_unpacked(one: RankedList) -> None:
    assert same_list(unpack(pack(one)), one)


def test_a_list_of_100_movies_is_at_most_a_kibibyte() -> None:
    assert len(pack(ranked(*range(1, 101)))) <= 1024


@given(lists(), st.integers(0), st.integers(1, 255))
def test_an_altered_byte_is_detected(one: RankedList, at: int, change: int) -> None:
    value = bytearray(pack(one))
    value[at % len(value)] ^= change

    with pytest.raises(CorruptValue):
        unpack(bytes(value))


@given(lists(), st.integers(0))
def test_a_cut_list_is_detected(one: RankedList, length: int) -> None:
    value = pack(one)

    with pytest.raises(CorruptValue):
        unpack(value[: length % len(value)])


def test_bytes_behind_a_list_are_detected() -> None:
    with pytest.raises(CorruptValue):
        unpack(pack(ranked(10)) + b"\0")


@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(1, 2**31 - 1)), lists()))
def test_many_lists_are_packed_as_each_alone(by_user: dict[tuple[int, int], RankedList]) -> None:
    many = user_lists(by_user, version=3)

    packed = {
        row: value
        for rows in many.alike(most=2)
        for row, value in zip(rows.tolist(), many.packed(rows), strict=True)
    }

    stamped = [replace(one, version=3, generated_at_ms=AT_MS) for one in by_user.values()]
    assert [packed[row] for row in range(len(many))] == [pack(one) for one in stamped]
    assert all(same_list(many.row(row), one) for row, one in enumerate(stamped))


@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(1, 9)), lists()), st.integers(1, 3))
def test_rows_that_are_alike_come_few_at_a_time_and_all_once(
    by_user: dict[tuple[int, int], RankedList], most: int
) -> None:
    many = user_lists(by_user)
    parts = list(many.alike(most))

    kinds = [{(many.partitions[row], many.counts[row]) for row in part} for part in parts]
    assert all(len(kind) == 1 for kind in kinds)
    assert all(len(part) <= most for part in parts)
    assert sorted(int(row) for part in parts for row in part) == list(range(len(many)))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import LAST_INSTANT_MS
from contracts.histories import (
    CHUNK,
    DISMISSED,
    RETRACTED,
    Entry,
    History,
    chunk_count,
    pack,
    pack_total,
    unpack,
    unpack_total,
)
from contracts.stored_value_checks import CorruptValue
from harness.builders import history

STATES = st.integers(0, 10) | st.just(DISMISSED)
TIMES = st.integers(0, LAST_INSTANT_MS)
ENTRIES = st.builds(Entry, STATES, TIMES)
HISTORIES = st.builds(
    History,
    st.dictionaries(st.integers(1, 2**31 - 1), ENTRIES, max_size=20),
    st.integers(0, 2**50),
    TIMES,
)


@given(HISTORIES)
def test_a_packed_history_is_unpacked(one: History) -> None:
    assert unpack(pack(one)) == one


@pytest.mark.parametrize("movies", [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK + 1])
def test_a_chunk_holds_4096_movies(movies: int) -> None:
    one = history(dict.fromkeys(range(1, movies + 1), 8))

    chunks = pack(one)

    assert len(chunks) == chunk_count(chunks[0]) == max(1, -(-movies // CHUNK))
    assert unpack(chunks) == one


def test_a_full_chunk_is_at_most_64_kib() -> None:
    assert len(pack(history(dict.fromkeys(range(1, CHUNK + 1), 8)))[0]) <= 65_536


@given(HISTORIES, st.integers(0), st.integers(1, 255))
def test_an_altered_byte_is_detected(one: History, at: int, change: int) -> None:
    value = bytearray(pack(one)[0])
    value[at % len(value)] ^= change

    with pytest.raises(CorruptValue):
        unpack([bytes(value)])


@given(HISTORIES, st.integers(0))
def test_a_cut_value_is_detected(one: History, length: int) -> None:
    value = pack(one)[0]

    with pytest.raises(CorruptValue):
        unpack([value[: length % len(value)]])


def test_a_missing_chunk_is_detected() -> None:
    chunks = pack(history(dict.fromkeys(range(1, CHUNK + 2), 8)))

    with pytest.raises(CorruptValue):
        unpack(chunks[:1])


def test_chunks_of_two_writes_are_detected() -> None:
    states = dict.fromkeys(range(1, CHUNK + 2), 8)
    before, after = pack(history(states, next_offset=5)), pack(history(states, next_offset=6))

    with pytest.raises(CorruptValue):
        unpack([after[0], before[1]])


def test_rated_and_dismissed_movies_are_masked_and_retracted_ones_are_not() -> None:
    one = history({10: 2, 20: DISMISSED, 30: RETRACTED})

    assert one.masked == {10, 20}


def test_only_half_stars_are_ratings() -> None:
    assert history({10: 2, 20: DISMISSED, 30: RETRACTED}).ratings == {10: 2}


@given(st.lists(st.integers(0, 2**32 - 1), min_size=10, max_size=10))
def test_a_packed_total_is_unpacked(counts: list[int]) -> None:
    assert unpack_total(pack_total(counts)) == tuple(counts)


@pytest.mark.parametrize("length", [0, 39, 41])
def test_a_total_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(CorruptValue):
        unpack_total(bytes(length))

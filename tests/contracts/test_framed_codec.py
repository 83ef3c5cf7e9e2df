"""What was stored stays readable: the bytes of each kind are spelt out here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import histories, ranked_lists, similar_movies
from contracts.framed_codec import FramedCodec
from contracts.histories import DISMISSED, RETRACTED, Entry, History
from contracts.ranked_lists import NO_STARS, RankedList
from contracts.similar_movies import Neighbours
from contracts.stored_value_checks import CorruptValue
from harness.builders import same_list

CODEC = FramedCodec("example", {"count": "<u2", "next": "<u8"}, entry_bytes=3)
VALUES = st.tuples(
    st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 2**64 - 1)),
    st.lists(st.binary(min_size=3, max_size=3), max_size=5).map(b"".join),
)

HISTORY = History(
    {10: Entry(8, 1_700_000_000_000), 20: Entry(DISMISSED, 1_700_000_001_000), 30: Entry(0, 0)},
    next_offset=7,
    newest_ms=1_700_000_002_000,
)
HISTORY_BYTES = bytes.fromhex(
    "01030000000700000000000000d06fe5cf8b0100007c030de8"
    "0a000000080068e5cf8b010000"
    "14000000ffe86be5cf8b010000"
    "1e000000000000000000000000"
)
LIST = RankedList(
    version=3,
    next_offset=7,
    generated_at_ms=1_700_000_003_000,
    events_through_ms=1_700_000_002_000,
    movies=np.array([40, 50], np.uint32),
    scores=np.array([1.5, -0.25], np.float32),
    stars_x10=np.array([45, NO_STARS], np.uint8),
)
LIST_BYTES = bytes.fromhex(
    "010200030000000700000000000000b873e5cf8b010000d06fe5cf8b01000005196bc3"
    "280000000000c03f2d"
    "32000000000080beff"
)
NEIGHBOURS = Neighbours(3, np.array([40, 50], np.uint32), np.array([1, 0.5], np.float32))
NEIGHBOURS_BYTES = bytes.fromhex("010200030000001052bc2f28000000ffff320000000080")


def test_a_history_is_stored_in_the_bytes_it_always_was() -> None:
    assert histories.pack(HISTORY) == [HISTORY_BYTES]
    assert histories.unpack([HISTORY_BYTES]) == HISTORY
    assert HISTORY.entries[30].state == RETRACTED


def test_a_list_is_stored_in_the_bytes_it_always_was() -> None:
    assert ranked_lists.pack(LIST) == LIST_BYTES
    assert same_list(ranked_lists.unpack(LIST_BYTES), LIST)


def test_neighbours_are_stored_in_the_bytes_they_always_were() -> None:
    found = similar_movies.unpack(NEIGHBOURS_BYTES)

    assert similar_movies.pack(NEIGHBOURS) == NEIGHBOURS_BYTES
    assert (found.version, found.movies.tolist()) == (3, [40, 50])
    assert np.allclose(found.cosines, NEIGHBOURS.cosines, rtol=0, atol=1 / 65_535)


@given(VALUES)
def test_a_packed_value_is_unpacked(value: tuple[tuple[int, int], bytes]) -> None:
    assert CODEC.unpack(CODEC.pack(*value)) == value


@given(st.lists(VALUES, min_size=1, max_size=4))
def test_many_values_are_packed_as_each_alone(
    values: list[tuple[tuple[int, int], bytes]],
) -> None:
    entries = min(len(body) for _, body in values)
    alike = [(header, body[:entries]) for header, body in values]
    headers = CODEC.headers(len(alike))
    headers["count"], headers["next"] = zip(*(header for header, _ in alike), strict=True)
    bodies = np.array([np.frombuffer(body, np.uint8) for _, body in alike])

    assert CODEC.pack_all(headers, bodies) == [CODEC.pack(*one) for one in alike]


@given(VALUES, st.integers(0), st.integers(1, 255))
def test_an_altered_byte_is_detected(
    value: tuple[tuple[int, int], bytes], at: int, change: int
) -> None:
    stored = bytearray(CODEC.pack(*value))
    stored[at % len(stored)] ^= change

    with pytest.raises(CorruptValue, match="example"):
        CODEC.unpack(bytes(stored))


@given(VALUES, st.integers(0))
def test_a_cut_value_is_detected(value: tuple[tuple[int, int], bytes], length: int) -> None:
    stored = CODEC.pack(*value)

    with pytest.raises(CorruptValue, match="example"):
        CODEC.unpack(stored[: length % len(stored)])


def test_more_entries_than_the_header_says_are_refused() -> None:
    CODEC.require_count(b"abcdef", 2)

    with pytest.raises(CorruptValue, match="example of 2 entries for 1"):
        CODEC.require_count(b"abcdef", 1)

"""Histories as they are stored, whole ones and damaged ones."""

import struct
import zlib

import pytest

from harness.checker.actual_state import decode_history
from harness.checker.state_types import History
from tests.checker.handmade_topic import APPENDED_MS


def stored(entries: bytes, count: int) -> bytes:
    head = struct.pack("<BIQQ", 1, count, 5, APPENDED_MS)
    return head + struct.pack("<I", zlib.crc32(head + entries)) + entries


def test_a_stored_history_is_decoded() -> None:
    value = stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 1)

    assert decode_history([value]) == History({10: (8, APPENDED_MS)}, 5)


def test_a_stored_history_with_a_flipped_bit_is_refused() -> None:
    value = bytearray(stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 1))
    value[6] ^= 1

    with pytest.raises(ValueError, match="checksum"):
        decode_history([bytes(value)])


def test_a_stored_history_that_lacks_a_chunk_is_refused() -> None:
    value = stored(struct.pack("<IBq", 10, 8, APPENDED_MS), 2)

    with pytest.raises(ValueError, match="1 movies, the header says 2"):
        decode_history([value])

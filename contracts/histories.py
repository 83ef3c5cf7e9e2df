"""A user's history as a value, and its packed form in Redis.

The rules of merging are `recommender.histories`; here is only what is stored.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

RETRACTED = 0
DISMISSED = 255
CHUNK = 4096
"""Movies in one stored chunk."""

_HEADER = struct.Struct("<BIQQ")  # format, entries in all chunks, next offset, newest ms
_CRC = struct.Struct("<I")  # of header and entries, between the two
_BODY = _HEADER.size + _CRC.size
_ENTRY = struct.Struct("<IBq")  # movie, state, rated_at ms
_FORMAT = 1


class CorruptValue(ValueError):
    """A stored value that is cut, altered, of another format or torn between two writes."""


class Entry(NamedTuple):
    """What a user last said of a movie: half-stars (1 to 10), RETRACTED or DISMISSED."""

    state: int
    rated_at_ms: int


@dataclass(frozen=True)
class History:
    """Everything a user said, with the next offset and the newest record timestamp it reflects."""

    entries: Mapping[int, Entry] = field(default_factory=dict)
    next_offset: int = 0
    newest_ms: int = 0

    @property
    def masked(self) -> frozenset[int]:
        """Movies that no list may show this user: rated or dismissed."""
        return frozenset(m for m, entry in self.entries.items() if entry.state != RETRACTED)

    @property
    def ratings(self) -> dict[int, int]:
        """Half-stars of the movies that stand rated."""
        return {m: e.state for m, e in self.entries.items() if is_rated(e.state)}


def is_rated(state: int) -> bool:
    """Whether a state is a number of half-stars."""
    return RETRACTED < state < DISMISSED


def pack(history: History) -> list[bytes]:
    """The history's chunks, at least one; each carries the whole header."""
    movies = sorted(history.entries)
    parts = [movies[i : i + CHUNK] for i in range(0, len(movies), CHUNK)] or [[]]
    return [_pack_chunk(history, part) for part in parts]


def chunk_count(first: bytes) -> int:
    """How many chunks the history has whose first chunk this is."""
    return max(1, -(-_unpack_header(first)[0] // CHUNK))


def unpack(chunks: Sequence[bytes]) -> History:
    """The history of these chunks, all of them and in order.

    Raises:
        CorruptValue: if one is damaged or they are not of one write.
    """
    headers = {_unpack_header(chunk) for chunk in chunks}
    entries = {m: Entry(s, at) for c in chunks for m, s, at in _ENTRY.iter_unpack(c[_BODY:])}
    if len(headers) != 1 or headers != {(len(entries), *next(iter(headers))[1:])}:
        raise CorruptValue(f"history of {len(chunks)} chunks with headers {sorted(headers)}")
    (_, next_offset, newest_ms) = headers.pop()
    return History(entries, next_offset, newest_ms)


def _pack_chunk(history: History, movies: Sequence[int]) -> bytes:
    body = b"".join(_ENTRY.pack(m, *history.entries[m]) for m in movies)
    head = _HEADER.pack(_FORMAT, len(history.entries), history.next_offset, history.newest_ms)
    return head + _CRC.pack(zlib.crc32(head + body)) + body


def _unpack_header(chunk: bytes) -> tuple[int, int, int]:
    """Entries in all chunks, next offset, newest record timestamp."""
    if len(chunk) < _BODY or (len(chunk) - _BODY) % _ENTRY.size:
        raise CorruptValue(f"history chunk of {len(chunk)} bytes")
    fmt, count, next_offset, newest_ms = _HEADER.unpack_from(chunk)
    (crc,) = _CRC.unpack_from(chunk, _HEADER.size)
    if fmt != _FORMAT or crc != zlib.crc32(chunk[: _HEADER.size] + chunk[_BODY:]):
        raise CorruptValue(f"history chunk of format {fmt}, checksum {crc:08x}")
    return count, next_offset, newest_ms


TOTAL_BYTES = 40
_TOTAL = struct.Struct("<10I")


def pack_total(histogram: Sequence[int]) -> bytes:
    """A movie's total: how many users gave each of the ten half-star values.

    Count and half-star sum follow from it, so they are not stored beside it.
    """
    return _TOTAL.pack(*histogram)


def unpack_total(value: bytes) -> tuple[int, ...]:
    """The ten counts of `pack_total`."""
    if len(value) != TOTAL_BYTES:
        raise CorruptValue(f"movie total of {len(value)} bytes")
    return _TOTAL.unpack(value)

"""A user's history as a value, and its packed form in Redis.

The rules of merging are `recommender.history_merge`; here is only what is stored.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from contracts.events import LAST_INSTANT_MS
from contracts.framed_codec import FramedCodec
from contracts.stored_value_checks import CorruptValue

RETRACTED = 0
DISMISSED = 255
CHUNK = 4096
"""Movies in one stored chunk."""

_ENTRY = struct.Struct("<IBq")  # movie, state, rated_at ms
_ENTRIES = np.dtype([("movie", "<u4"), ("state", "u1"), ("at", "<i8")])
"""`_ENTRY`, for all of a chunk at once."""
_CODEC = FramedCodec(
    "history chunk", {"all entries": "<u4", "next": "<u8", "newest ms": "<u8"}, _ENTRY.size
)
_MOST_HALF_STARS = 10


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
    """How many chunks the history has whose first chunk this is.

    Raises:
        CorruptValue: if the chunk is damaged, or not full although more are said to follow.
    """
    (count, *_), body = _unpack_chunk(first)
    _CODEC.require_count(body, min(count, CHUNK))
    return max(1, -(-count // CHUNK))


def unpack(chunks: Sequence[bytes]) -> History:
    """The history of these chunks, all of them and in order.

    Raises:
        CorruptValue: if one is damaged or they are not of one write.
    """
    parts = [_unpack_chunk(chunk) for chunk in chunks]
    headers = {header for header, _ in parts}
    for _, body in parts:
        _require_states(body)
    entries = {m: Entry(s, at) for _, body in parts for m, s, at in _ENTRY.iter_unpack(body)}
    if len(headers) != 1 or headers != {(len(entries), *next(iter(headers))[1:])}:
        raise CorruptValue(f"history of {len(chunks)} chunks with headers {sorted(headers)}")
    (_, next_offset, newest_ms) = headers.pop()
    return History(entries, next_offset, newest_ms)


def _pack_chunk(history: History, movies: Sequence[int]) -> bytes:
    body = b"".join(_ENTRY.pack(m, *history.entries[m]) for m in movies)
    return _CODEC.pack((len(history.entries), history.next_offset, history.newest_ms), body)


def _unpack_chunk(chunk: bytes) -> tuple[tuple[int, ...], bytes]:
    """Entries in all chunks, next offset, newest record timestamp; and the chunk's entries."""
    header, body = _CODEC.unpack(chunk)
    if header[-1] > LAST_INSTANT_MS:
        raise CorruptValue(f"history chunk of {header[-1]} ms")
    return header, body


def _require_states(body: bytes) -> None:
    """Refuse a state or a time that no event could have brought."""
    rows = np.frombuffer(body, _ENTRIES)
    states, times = rows["state"], rows["at"]
    if ((states > _MOST_HALF_STARS) & (states != DISMISSED)).any():
        raise CorruptValue(f"history chunk with the state {states.max()}")
    if len(times) and (times.min() < 0 or times.max() > LAST_INSTANT_MS):
        raise CorruptValue(f"history chunk with times from {times.min()} to {times.max()} ms")


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

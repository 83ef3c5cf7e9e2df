"""A recommendation list as stored: a header that can be compared, then the entries.

Used for `list:version:{p}:user` and `foldin:{p}:user`; 100 movies take 939 bytes.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.histories import CorruptValue

NO_STARS = 255
"""Predicted stars of a movie with too few ratings to predict any."""

_HEADER = struct.Struct("<BHIQQQ")  # format, count, version, next, generated ms, through ms
_CRC = struct.Struct("<I")  # of header and entries, between the two
_ENTRY = np.dtype([("movie", "<u4"), ("score", "<f4"), ("stars", "u1")])
_FORMAT = 1


@dataclass(frozen=True)
class RankedList:
    """Movies by descending ranking score, and what the list reflects.

    Attributes:
        version: of the model that scored it.
        next_offset: in the user's partition; every event below is reflected.
        generated_at_ms: when it was made.
        events_through_ms: record timestamp of the user's newest event in it; 0 for none.
        movies: uint32, shape (n,).
        scores: float32, shape (n,).
        stars_x10: uint8, shape (n,): predicted stars times ten, or NO_STARS.
    """

    version: int
    next_offset: int
    generated_at_ms: int
    events_through_ms: int
    movies: NDArray[np.uint32]
    scores: NDArray[np.float32]
    stars_x10: NDArray[np.uint8]


def pack(ranked: RankedList) -> bytes:
    """The stored form, header and entries protected by a checksum."""
    entries = np.empty(len(ranked.movies), _ENTRY)
    entries["movie"], entries["score"] = ranked.movies, ranked.scores
    entries["stars"] = ranked.stars_x10
    body = entries.tobytes()
    times = (ranked.generated_at_ms, ranked.events_through_ms)
    head = _HEADER.pack(_FORMAT, len(entries), ranked.version, ranked.next_offset, *times)
    return head + _CRC.pack(zlib.crc32(head + body)) + body


def unpack(value: bytes) -> RankedList:
    """The list in a stored value.

    Raises:
        CorruptValue: if it is cut, altered or of another format.
    """
    if len(value) < _HEADER.size + _CRC.size:
        raise CorruptValue(f"list of {len(value)} bytes")
    fmt, count, version, next_offset, generated, through = _HEADER.unpack_from(value)
    (crc,) = _CRC.unpack_from(value, _HEADER.size)
    head, body = value[: _HEADER.size], value[_HEADER.size + _CRC.size :]
    whole = len(body) == count * _ENTRY.itemsize
    if fmt != _FORMAT or not whole or crc != zlib.crc32(head + body):
        raise CorruptValue(f"list of format {fmt}, {count} entries, checksum {crc:08x}")
    entries = np.frombuffer(body, _ENTRY)
    columns = (entries["movie"], entries["score"], entries["stars"])
    return RankedList(version, next_offset, generated, through, *columns)

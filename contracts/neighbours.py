"""A movie's most similar others as stored, at `similar:version:movie`; 50 take 311 bytes."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.histories import CorruptValue

_HEADER = struct.Struct("<BHI")  # format, count, version
_CRC = struct.Struct("<I")  # of header and entries, between the two
_BODY = _HEADER.size + _CRC.size
_ENTRY = np.dtype([("movie", "<u4"), ("cosine", "<u2")])
_ONE = 65_535
"""A cosine of 1; none that is stored is negative."""
_FORMAT = 1


@dataclass(frozen=True)
class Neighbours:
    """Movies by descending similarity.

    Attributes:
        version: of the model whose factors say so.
        movies: uint32, shape (n,).
        cosines: float32, shape (n,), 0 to 1; stored to the nearest of 65,536 steps.
    """

    version: int
    movies: NDArray[np.uint32]
    cosines: NDArray[np.float32]


def pack(one: Neighbours) -> bytes:
    """The stored form, protected by a checksum."""
    entries = np.empty(len(one.movies), _ENTRY)
    entries["movie"], entries["cosine"] = one.movies, np.rint(np.clip(one.cosines, 0, 1) * _ONE)
    body = entries.tobytes()
    head = _HEADER.pack(_FORMAT, len(entries), one.version)
    return head + _CRC.pack(zlib.crc32(head + body)) + body


def unpack(value: bytes) -> Neighbours:
    """The inverse of `pack`, but for the rounding.

    Raises:
        CorruptValue: if it is cut, altered or of another format.
    """
    if len(value) < _BODY:
        raise CorruptValue(f"neighbours of {len(value)} bytes")
    fmt, count, version = _HEADER.unpack_from(value)
    (crc,) = _CRC.unpack_from(value, _HEADER.size)
    head, body = value[: _HEADER.size], value[_BODY:]
    whole = len(body) == count * _ENTRY.itemsize
    if fmt != _FORMAT or not whole or crc != zlib.crc32(head + body):
        raise CorruptValue(f"neighbours of format {fmt}, {count} entries, checksum {crc:08x}")
    entries = np.frombuffer(body, _ENTRY)
    return Neighbours(version, entries["movie"], (entries["cosine"] / _ONE).astype(np.float32))

"""A movie's most similar others as stored, at `similar:version:movie`; 50 take 311 bytes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.framed_codec import FramedCodec

_ENTRY = np.dtype([("movie", "<u4"), ("cosine", "<u2")])
_CODEC = FramedCodec("neighbours", {"count": "<u2", "version": "<u4"}, _ENTRY.itemsize)
_ONE = 65_535
"""A cosine of 1; none that is stored is negative."""


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
    return _CODEC.pack((len(entries), one.version), entries.tobytes())


def unpack(value: bytes) -> Neighbours:
    """The inverse of `pack`, but for the rounding.

    Raises:
        CorruptValue: if it is cut, altered or of another format.
    """
    (count, version), body = _CODEC.unpack(value)
    _CODEC.require_count(body, count)
    entries = np.frombuffer(body, _ENTRY)
    return Neighbours(version, entries["movie"], (entries["cosine"] / _ONE).astype(np.float32))

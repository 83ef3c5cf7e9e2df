"""A recommendation list as stored: a header that can be compared, then the entries.

Used for `list:version:{p}:user` and `foldin:{p}:user`; 100 movies take 935 bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.events import LAST_INSTANT_MS
from contracts.framed_codec import FramedCodec
from contracts.stored_value_checks import CorruptValue

NO_STARS = 255
"""Predicted stars of a movie with too few ratings to predict any."""
MOST_STARS = 50

ENTRY = np.dtype([("movie", "<u4"), ("score", "<f4"), ("stars", "u1")])
_CODEC = FramedCodec(
    "list",
    {"count": "<u2", "version": "<u4", "next": "<u8", "generated": "<u8", "through": "<u8"},
    ENTRY.itemsize,
)


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


@dataclass(frozen=True)
class UserLists:
    """Many users' lists of one version, a row each.

    Attributes:
        version: of the model that scored them.
        generated_at_ms: when they were made.
        partitions: int32, shape (n,): the users', of the topic `ratings`.
        users: int64, shape (n,).
        next_offsets: int64, shape (n,): as of a `RankedList`.
        events_through_ms: int64, shape (n,): likewise.
        counts: int32, shape (n,): how many entries a row has.
        entries: ENTRY, shape (n, longest): `movie`, `score`, `stars`; nothing beyond the count.
    """

    version: int
    generated_at_ms: int
    partitions: NDArray[np.int32]
    users: NDArray[np.int64]
    next_offsets: NDArray[np.int64]
    events_through_ms: NDArray[np.int64]
    counts: NDArray[np.int32]
    entries: NDArray[Any]

    def __len__(self) -> int:
        return len(self.users)

    def row(self, row: int) -> RankedList:
        """One user's list."""
        entries = self.entries[row, : self.counts[row]]
        offset, through = int(self.next_offsets[row]), int(self.events_through_ms[row])
        columns = (entries["movie"], entries["score"], entries["stars"])
        return RankedList(self.version, offset, self.generated_at_ms, through, *columns)

    def alike(self, most: int) -> Iterator[NDArray[np.intp]]:
        """All rows, at most so many at a time, those together of one partition and one count."""
        order = np.lexsort((self.counts, self.partitions))
        changes = np.diff(self.partitions[order]) != 0
        changes |= np.diff(self.counts[order]) != 0
        for rows in np.split(order, np.flatnonzero(changes) + 1):
            for first in range(0, len(rows), most):
                yield rows[first : first + most]

    def packed(self, rows: NDArray[np.intp]) -> list[bytes]:
        """What `pack` makes of these rows, which are alike, several times as fast."""
        count = int(self.counts[rows[0]])
        headers = _CODEC.headers(len(rows))
        headers["count"], headers["version"] = count, self.version
        headers["next"], headers["generated"] = self.next_offsets[rows], self.generated_at_ms
        headers["through"] = self.events_through_ms[rows]
        # Bytes, not fields: NumPy copies a row of them at once.
        entries = np.ascontiguousarray(self.entries).view(np.uint8).reshape(len(self), -1)
        return _CODEC.pack_all(headers, entries.take(rows, 0)[:, : count * ENTRY.itemsize])


def pack(ranked: RankedList) -> bytes:
    """The stored form, header and entries protected by a checksum."""
    entries = np.empty(len(ranked.movies), ENTRY)
    entries["movie"], entries["score"] = ranked.movies, ranked.scores
    entries["stars"] = ranked.stars_x10
    times = (ranked.generated_at_ms, ranked.events_through_ms)
    header = (len(entries), ranked.version, ranked.next_offset, *times)
    return _CODEC.pack(header, entries.tobytes())


def unpack(value: bytes) -> RankedList:
    """The list in a stored value.

    Raises:
        CorruptValue: if it is cut, altered or of another format.
    """
    (count, version, next_offset, generated, through), body = _CODEC.unpack(value)
    _CODEC.require_count(body, count)
    entries = np.frombuffer(body, ENTRY)
    movies, scores, stars = (entries[name] for name in ("movie", "score", "stars"))
    if max(generated, through) > LAST_INSTANT_MS:
        raise CorruptValue(f"list of {generated} ms with events through {through} ms")
    if not np.isfinite(scores).all() or ((stars > MOST_STARS) & (stars != NO_STARS)).any():
        raise CorruptValue("list with an invalid score or invalid stars")
    return RankedList(version, next_offset, generated, through, movies, scores, stars)

"""The log's valid events as arrays."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contracts.events import Kind
from contracts.histories import DISMISSED, RETRACTED
from contracts.next_offsets import NextOffsets
from event_log.log_rows import read
from event_log.storage import Storage

COLUMNS = ["timestamp_ms", "kind", "user_id", "movie_id", "half_stars", "rated_at_ms", "reason"]
_STATE_OF_KIND = np.array([0, RETRACTED, DISMISSED], np.uint8)


class Events(NamedTuple):
    """Valid events in the log's order: partition by partition, by offset; shape (n,) each.

    `state` is a rating in half-stars, RETRACTED or DISMISSED; `timestamp_ms` is the record's.
    """

    partition: NDArray[np.int32]
    offset: NDArray[np.int64]
    timestamp_ms: NDArray[np.int64]
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    state: NDArray[np.uint8]
    rated_at_ms: NDArray[np.int64]

    @property
    def ends(self) -> NextOffsets:
        """Next offsets after the last of them, of partitions that have any."""
        partitions = np.unique(self.partition).tolist()
        return {p: int(self.offset[self.partition == p].max()) + 1 for p in partitions}

    def where(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Events":
        """Some of them."""
        return Events._make(column[rows] for column in self)

    def below(self, snapshot: NextOffsets) -> "Events":
        """Those before a snapshot."""
        return self.where(~self.since(snapshot))

    def since(self, snapshot: NextOffsets) -> NDArray[np.bool_]:
        """Which came after a snapshot, shape (n,)."""
        last = max(int(self.partition.max(initial=0)), *snapshot, 0)
        begun = np.zeros(last + 1, np.int64)
        begun[list(snapshot)] = list(snapshot.values())
        return np.asarray(self.offset >= begun[self.partition])


def events_below(log: Storage, offsets: NextOffsets) -> Events:
    """All valid events below these offsets.

    Raises:
        BrokenLog: if the log has a gap or does not reach so far.
    """
    return events_in(read(log, offsets, COLUMNS))


def events_in(table: pa.Table) -> Events:
    """The valid ones of these rows, which have `COLUMNS` and `partition`."""
    table = table.filter(table["reason"].is_null())
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "half_stars"}
    half_stars = table["half_stars"].fill_null(0).to_numpy()
    kinds = columns["kind"].astype(np.intp)
    return Events(
        partition=columns["partition"].astype(np.int32),
        offset=columns["offset"],
        timestamp_ms=columns["timestamp_ms"],
        user_id=columns["user_id"].astype(np.int32),
        movie_id=columns["movie_id"].astype(np.int32),
        state=np.where(kinds == Kind.rated, half_stars, _STATE_OF_KIND[kinds]).astype(np.uint8),
        rated_at_ms=columns["rated_at_ms"].astype(np.int64),
    )

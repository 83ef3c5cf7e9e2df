"""A snapshot of the event log as training data and histories."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batch.training import Rated
from contracts import eventlog
from contracts.eventlog import Place
from contracts.events import Kind
from contracts.histories import DISMISSED, RETRACTED, Entry, History
from contracts.topics import NextOffsets
from recommender.histories import latest

_STATE_OF_KIND = np.array([0, RETRACTED, DISMISSED], np.uint8)
COLUMNS = ["timestamp_ms", "kind", "user_id", "movie_id", "half_stars", "rated_at_ms", "reason"]


@dataclass(frozen=True)
class Snapshot:
    """What every user says of every movie once all events below the snapshot are merged.

    Arrays have shape (n,), ordered by user and movie. `newest_ms` and `next_offset` are, per user,
    the record timestamp and the next offset of the user's last event.
    """

    offsets: NextOffsets
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    state: NDArray[np.uint8]
    rated_at_ms: NDArray[np.int64]
    newest_ms: dict[int, int]
    next_offset: dict[int, int]

    @property
    def rated(self) -> Rated:
        """What is a rating, not a retraction or a dismissal."""
        rows = np.isin(self.state, (RETRACTED, DISMISSED), invert=True)
        who, what, when = self.user_id[rows], self.movie_id[rows], self.rated_at_ms[rows]
        return Rated(who, what, self.state[rows], when)

    def histories(self) -> Iterator[tuple[int, History]]:
        """Every user's history."""
        edges = np.flatnonzero(np.diff(self.user_id)) + 1
        rows = (self.movie_id.tolist(), self.state.tolist(), self.rated_at_ms.tolist())
        for start, end in zip([0, *edges], [*edges, len(self.user_id)], strict=True):
            if start == end:
                continue
            user = int(self.user_id[start])
            part = zip(*(column[start:end] for column in rows), strict=True)
            entries = {movie: Entry(state, at) for movie, state, at in part}
            yield user, History(entries, self.next_offset[user], self.newest_ms[user])


def take(log: Place, offsets: NextOffsets) -> Snapshot:
    """Read the log below these offsets and merge it.

    Raises:
        BrokenLog: if the log has a hole or does not reach so far.
    """
    table = eventlog.read(log, offsets, COLUMNS)
    table = table.filter(table["reason"].is_null())
    columns = {name: table[name].to_numpy() for name in table.column_names if name != "half_stars"}
    users, row_offsets = columns["user_id"].astype(np.int32), columns["offset"]
    half_stars = table["half_stars"].fill_null(0).to_numpy()
    kinds = columns["kind"].astype(np.intp)
    states = np.where(kinds == Kind.rated, half_stars, _STATE_OF_KIND[kinds]).astype(np.uint8)
    movies, rated_at = columns["movie_id"].astype(np.int32), columns["rated_at_ms"]
    rows = latest(users, movies, rated_at, row_offsets)
    return Snapshot(
        offsets=offsets,
        user_id=users[rows],
        movie_id=movies[rows],
        state=states[rows],
        rated_at_ms=rated_at[rows].astype(np.int64),
        newest_ms=_largest(users, columns["timestamp_ms"]),
        next_offset=_largest(users, row_offsets + 1),
    )


def _largest(users: NDArray[np.int32], values: NDArray[np.int64]) -> dict[int, int]:
    """Each user's largest value."""
    order = np.lexsort((values, users))
    last = np.append(np.diff(users[order]) != 0, True)[: len(order)]
    return dict(zip(users[order][last].tolist(), values[order][last].tolist(), strict=True))

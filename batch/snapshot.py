"""A snapshot of the event log as training data and histories."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from contracts.histories import DISMISSED, RETRACTED, Entry, History
from contracts.next_offsets import NextOffsets
from event_log import Events, Storage, events_below
from recommender.bulk_lists import HistoryBatch
from recommender.history_merge import latest
from recommender.ratings import Ratings


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
    def rated(self) -> Ratings:
        """What is a rating, not a retraction or a dismissal."""
        rows = np.isin(self.state, (RETRACTED, DISMISSED), invert=True)
        who, what, when = self.user_id[rows], self.movie_id[rows], self.rated_at_ms[rows]
        return Ratings(who, what, self.state[rows], when)

    def of(self, users: NDArray[np.int32]) -> "Snapshot":
        """What some of the users said."""
        return self.where(np.isin(self.user_id, users))

    def where(self, rows: NDArray[np.bool_] | slice) -> "Snapshot":
        """Some of it; rows of a user stay together."""
        return replace(
            self,
            user_id=self.user_id[rows],
            movie_id=self.movie_id[rows],
            state=self.state[rows],
            rated_at_ms=self.rated_at_ms[rows],
        )

    @property
    def users(self) -> NDArray[np.int32]:
        """Everybody who said something, ascending."""
        return self.user_id[self.history_batch.starts[:-1]]

    @property
    def history_batch(self) -> HistoryBatch:
        """What each of `users` said."""
        edges = np.flatnonzero(np.diff(self.user_id)) + 1
        ends = [0, *edges.tolist(), len(self.user_id)] if len(self.user_id) else [0]
        return HistoryBatch(np.array(ends, np.intp), self.movie_id, self.state)

    def histories(self) -> Iterator[tuple[int, History]]:
        """Every user's history."""
        rows = (self.movie_id.tolist(), self.state.tolist(), self.rated_at_ms.tolist())
        spans = pairwise(self.history_batch.starts.tolist())
        for user, (start, end) in zip(self.users.tolist(), spans, strict=True):
            part = zip(*(column[start:end] for column in rows), strict=True)
            entries = {movie: Entry(state, at) for movie, state, at in part}
            yield user, History(entries, self.next_offset[user], self.newest_ms[user])


def take(log: Storage, offsets: NextOffsets) -> Snapshot:
    """Read the log below these offsets and merge it.

    Raises:
        BrokenLog: if the log has a gap or does not reach so far.
    """
    return merged(events_below(log, offsets), offsets)


def merged(events: Events, offsets: NextOffsets) -> Snapshot:
    """What stands once these events, all of them below the offsets, are merged."""
    users = events.user_id
    rows = latest(users, events.movie_id, events.rated_at_ms, events.offset)
    return Snapshot(
        offsets=offsets,
        user_id=users[rows],
        movie_id=events.movie_id[rows],
        state=events.state[rows],
        rated_at_ms=events.rated_at_ms[rows],
        newest_ms=_largest(users, events.timestamp_ms),
        next_offset=_largest(users, events.offset + 1),
    )


def _largest(users: NDArray[np.int32], values: NDArray[np.int64]) -> dict[int, int]:
    """Each user's largest value."""
    order = np.lexsort((values, users))
    last = np.append(np.diff(users[order]) != 0, True)[: len(order)]
    return dict(zip(users[order][last].tolist(), values[order][last].tolist(), strict=True))

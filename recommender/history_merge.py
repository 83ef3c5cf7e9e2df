"""The merge: how events become histories. Speed and batch both fold it; so do movie totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.histories import Entry, History, is_rated


class MergeEvent(NamedTuple):
    """One event as the merge sees it."""

    offset: int
    timestamp_ms: int
    movie_id: int
    state: int
    rated_at_ms: int


@dataclass(frozen=True)
class Merged:
    """A history after a stretch of events, and what the stretch did.

    Attributes:
        changes: (movie, state before or None, state after) of each event that was applied.
        no_effect: events that changed nothing: repeated, or superseded by a later `rated_at`.
    """

    history: History
    changes: list[tuple[int, int | None, int]]
    no_effect: int


def merge(history: History, events: Iterable[MergeEvent]) -> Merged:
    """Fold one user's events, in offset order, into that user's history.

    Records below the history's next offset are skipped. An event wins if its `rated_at` is not
    older than the entry's; the same state at the same `rated_at` changes nothing.
    """
    entries = dict(history.entries)
    next_offset, newest_ms = history.next_offset, history.newest_ms
    changes: list[tuple[int, int | None, int]] = []
    no_effect = 0
    for event in events:
        if event.offset < next_offset:
            continue
        next_offset, newest_ms = event.offset + 1, max(newest_ms, event.timestamp_ms)
        before = entries.get(event.movie_id)
        after = Entry(event.state, event.rated_at_ms)
        if before is not None and (after.rated_at_ms < before.rated_at_ms or after == before):
            no_effect += 1
            continue
        entries[event.movie_id] = after
        changes.append((event.movie_id, before.state if before else None, event.state))
    return Merged(History(entries, next_offset, newest_ms), changes, no_effect)


def latest(
    users: NDArray[np.int32],
    movies: NDArray[np.int32],
    rated_at_ms: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.intp]:
    """Rows that stand after everything is merged: the fold of `merge`, as arrays.

    Of each (user, movie) the row with the largest `rated_at`, the later offset among equals.
    All arrays have shape (n,); the answer indexes them, ordered by user and movie.
    """
    order = np.lexsort((offsets, rated_at_ms, movies, users))
    u, m = users[order], movies[order]
    last = np.ones(len(order), bool)
    last[:-1] = (u[1:] != u[:-1]) | (m[1:] != m[:-1])
    return order[last]


def total_delta(changes: Iterable[tuple[int, int | None, int]]) -> dict[int, list[int]]:
    """What changes do to movie totals: per movie, the change of its ten half-star counts."""
    deltas: dict[int, list[int]] = {}
    for movie, before, after in changes:
        counts = deltas.setdefault(movie, [0] * 10)
        if before is not None and is_rated(before):
            counts[before - 1] -= 1
        if is_rated(after):
            counts[after - 1] += 1
    return deltas

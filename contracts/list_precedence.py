"""The reading rule: which list a user sees.

A partition without a position is not whole: the store was emptied and it has not been loaded again,
or no speed worker has started with it yet (a worker that starts writes a position, even 0). What
its users have rated is unknown then, so that nothing read of it is confirmed: readers label it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from contracts.active_version import Active
from contracts.histories import History
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList


class Source(StrEnum):
    """Where a list comes from; every answer is labelled with it."""

    fold_in = "fold_in"
    batch = "batch"
    similar = "similar"
    trending = "trending"
    popular = "popular"


@dataclass(frozen=True)
class Found:
    """What the store holds of a user: the history, and at most one list to show.

    Attributes:
        whole: whether the user's partition has a position: all that the user has said up to it is
            in the history.
    """

    history: History
    ranked: RankedList | None
    source: Source
    active: Active | None
    whole: bool


@dataclass(frozen=True)
class Total:
    """How many users gave a movie each of the ten half-star values; see `Found` for `whole`."""

    histogram: tuple[int, ...]
    whole: bool


def choose(
    user_id: int,
    active: Active | None,
    foldin: RankedList | None,
    listed: RankedList | None,
    partitions: int,
) -> tuple[RankedList | None, Source]:
    """The list that wins, or None for the fallback.

    The folded-in list wins if it reflects an event past the active snapshot, whatever its model;
    an empty one says that the user has no like to rank by.
    """
    partition = partition_of(user_id, partitions)
    if foldin and active and foldin.next_offset > active.snapshot.get(partition, 0):
        return (foldin if len(foldin.movies) else None), Source.fold_in
    return listed, Source.batch


def unmasked(
    ranked: RankedList, masked: Collection[int], limit: int
) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Indices of the first `limit` entries that the user has neither rated nor dismissed."""
    hidden = np.fromiter(masked, np.uint32, len(masked))
    return np.flatnonzero(~np.isin(ranked.movies, hidden))[:limit]

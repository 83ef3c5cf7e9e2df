"""Pointers, lists and histories in one line."""

from collections.abc import Mapping

import numpy as np

from contracts.active_version import Active
from contracts.histories import Entry, History
from contracts.ranked_lists import NO_STARS, RankedList
from tests.api.fakes import NOW_MS, PARTITIONS


def active(version: int = 3, snapshot: int = 10, activation: int = 1) -> Active:
    """A pointer whose snapshot has the same offset in every partition."""
    offsets = dict.fromkeys(range(PARTITIONS), snapshot)
    return Active(activation, version, None, offsets, offsets, NOW_MS)


def ranked(*movies: int, version: int = 3, next_offset: int = 10) -> RankedList:
    """A list of these movies; the last one has no predicted stars."""
    scores = np.arange(len(movies), 0, -1, dtype=np.float32)
    stars = np.full(len(movies), 42, np.uint8)
    stars[-1:] = NO_STARS
    order = np.array(movies, np.uint32)
    return RankedList(version, next_offset, NOW_MS - 5000, NOW_MS - 6000, order, scores, stars)


def history(half_stars: Mapping[int, int], next_offset: int = 10) -> History:
    """A history; later entries are newer."""
    states = enumerate(half_stars.items())
    entries = {movie: Entry(state, NOW_MS + n) for n, (movie, state) in states}
    return History(entries, next_offset, NOW_MS)

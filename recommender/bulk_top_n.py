"""Exact top-N of many users at once: scores a block at a time, selected by the numba kernel."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.numba_kernels import best_of_rows

BLOCK_SCORES = 1_000_000
"""Scores that are held at a time: 4 MiB, about what a processor's cache takes."""

Floats = NDArray[np.float32]


def top_lists(
    users: Floats,
    columns: Floats,
    starts: NDArray[np.int64],
    masked: NDArray[np.int32],
    limit: int,
) -> Iterator[tuple[NDArray[np.int32], Floats]]:
    """Blocks of users' best movies, in the users' order, highest score first.

    Equal scores go by smaller index.

    Args:
        users: vectors, shape (users, rank).
        columns: the movies' vectors, shape (rank, movies); in this order rows are read as they lie.
        starts: where each user's masked movies begin, shape (users + 1,).
        masked: movies that must not appear, shape (starts[-1],).
        limit: at most so many a user, at least 1.

    Yields:
        Movies, shape (block, limit), -1 where fewer are open, and their scores.
    """
    rows = max(1, BLOCK_SCORES // max(1, columns.shape[1]))
    for first in range(0, len(users), rows):
        last = min(first + rows, len(users))
        scores = users[first:last] @ columns
        found = np.empty((last - first, limit), np.int32)
        values = np.empty((last - first, limit), np.float32)
        own = starts[first : last + 1]
        best_of_rows(scores, own - own[0], masked[own[0] : own[-1]], found, values)
        yield found, values

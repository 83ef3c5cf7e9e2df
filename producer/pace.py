"""Pacing: how many rows should have been sent by now, independent of what sending costs."""

from collections.abc import Callable

import numpy as np

from movielens.rating_blocks import Ratings

Pace = Callable[[float, int, Ratings], int]
"""Seconds since the first row, rows sent, what comes next: how many of that are due."""


def unlimited(_: float, __: int, ratings: Ratings) -> int:
    """As fast as possible."""
    return len(ratings)


def at_rate(rate: float) -> Pace:
    """A number of rows per second: the n-th not before n/rate seconds after the first."""

    def due(elapsed_s: float, sent: int, ratings: Ratings) -> int:
        return min(len(ratings), max(0, 1 + int(elapsed_s * rate) - sent))

    return due


def at_speed(factor: float, began_s: int) -> Pace:
    """The data set's own pace times a factor, starting at this second of it."""

    def due(elapsed_s: float, _: int, ratings: Ratings) -> int:
        reached = began_s + elapsed_s * factor
        return int(np.searchsorted(ratings.rated_at_s, reached, side="right"))

    return due

"""Splits: what a model may learn from, and what it is judged by.

A split's own training side is split once more, in the same way, to choose hyper-parameters: the
judged side takes no part in that.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from batch.evaluation.dataset import Ratings

HELD_OUT = 0.2


class Split(NamedTuple):
    """Two disjoint parts of a data set."""

    train: Ratings
    test: Ratings


Splitter = Callable[[Ratings], Split]


def at_random(seed: int) -> Splitter:
    """Every rating is held out with the same chance."""

    def split(ratings: Ratings) -> Split:
        held = np.random.default_rng(seed).random(len(ratings)) < HELD_OUT
        return Split(ratings.where(~held), ratings.where(held))

    return split


def last_of_each(ratings: Ratings) -> Split:
    """Each user's last fifth, rounded down, is held out."""
    counts = np.bincount(ratings.users, minlength=len(ratings.user_ids))
    order = np.argsort(ratings.users, kind="stable")
    place = np.empty(len(ratings), np.intp)
    place[order] = np.arange(len(ratings)) - np.repeat(np.cumsum(counts) - counts, counts)
    held = place >= counts[ratings.users] - (counts * HELD_OUT).astype(np.intp)[ratings.users]
    return Split(ratings.where(~held), ratings.where(held))


def in_time(ratings: Ratings) -> Split:
    """The last fifth of all is held out; a second is on one side."""
    second = ratings.at_s[int(len(ratings) * (1 - HELD_OUT))]
    held = ratings.at_s >= second
    return Split(ratings.where(~held), ratings.where(held))

"""Splits: what a model learns from, and what it is evaluated on.

Hyper-parameters are chosen on a split's own training side: the judged side takes no part in that.
"""

from collections.abc import Callable

import numpy as np

from recommender.ratings import IndexedRatings, Split

HELD_OUT = 0.2


Splitter = Callable[[IndexedRatings], Split]


def at_random(seed: int) -> Splitter:
    """Every rating is held out with the same chance."""

    def split(ratings: IndexedRatings) -> Split:
        held = np.random.default_rng(seed).random(len(ratings)) < HELD_OUT
        return Split(ratings.where(~held), ratings.where(held))

    return split


def last_of_each(ratings: IndexedRatings) -> Split:
    """Each user's last fifth, rounded down, is held out."""
    counts = np.bincount(ratings.users, minlength=len(ratings.user_ids))
    order = np.argsort(ratings.users, kind="stable")
    rank = np.empty(len(ratings), np.intp)
    rank[order] = np.arange(len(ratings)) - np.repeat(np.cumsum(counts) - counts, counts)
    held = rank >= counts[ratings.users] - (counts * HELD_OUT).astype(np.intp)[ratings.users]
    return Split(ratings.where(~held), ratings.where(held))


def in_time(ratings: IndexedRatings) -> Split:
    """The last fifth of all is held out; a second is on one side."""
    return at_cut(1 - HELD_OUT)(ratings)


def at_cut(share: float) -> Splitter:
    """What comes after this share of all ratings is held out; a second is on one side."""

    def split(ratings: IndexedRatings) -> Split:
        second = ratings.at_s[int(len(ratings) * share)]
        held = ratings.at_s >= second
        return Split(ratings.where(~held), ratings.where(held))

    return split

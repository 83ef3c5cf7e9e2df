"""The users: how active, of which tastes, how generous, and when they sit down to rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from producer.generate.random_streams import Floats, Ints, bell, below, cube, mostly_low, odds
from producer.generate.titles_and_genres import TASTES

FEWEST = 20
"""Ratings that every user has where there are enough, as in MovieLens."""
MOST_ODDS = 32.0
"""How active the most active users are, against the median one, beyond those."""

FIRST_S, LAST_S = 822_873_600, 1_574_294_400
"""When ratings begin and end: 29 January 1996 and 21 November 2019."""
LAST_SITTING_S = LAST_S - 7 * 86_400

SLOTS = 3
"""Tastes that somebody has at a time, the first one strongest."""
SHIFTS = 2
"""How often somebody gives up the first one for a new one, at most; once in `SHIFT_S`."""
SHIFT_S = 4 * 31_556_952
LOVE = (0.6, 0.3, 0.2, 0.1, 0.1)
"""Stars more for movies of a favourite taste."""


@dataclass(frozen=True)
class People:
    """Some users, in arrays of shape (n,), and their sittings, (s,), by user and time.

    `favourites`, (n, SLOTS + SHIFTS), are tastes, of which a sitting with shift f takes those from
    f to f + SLOTS; `liking`, (n, tastes), the stars given above `bias` to movies of a taste.
    """

    favourites: Ints
    liking: Floats
    bias: Floats
    only_whole: NDArray[np.bool_]
    first: Ints
    sittings: Ints
    started_s: Ints
    shift: Ints


def activity(random: np.random.Generator, users: int, movies: int, ratings: int) -> Ints:
    """How many ratings each user has, log-logistic; they add up to `ratings`."""
    count = np.full(users, min(FEWEST, ratings // users))
    weight = (odds(random.random(users), MOST_ODDS) * 2**20).astype(np.int64) + 1
    while left := ratings - int(count.sum()):
        share = np.where(count < movies, weight, 0)
        more = np.minimum(left * share // share.sum(), movies - count)
        count += more if more.any() else _one_each(share > 0, left)
    return count


def _one_each(able: NDArray[np.bool_], many: int) -> NDArray[np.bool_]:
    return able & (np.cumsum(able) <= many)


def make_people(random: np.random.Generator, count: Ints) -> People:
    """Users with so many ratings."""
    size = len(count)
    joined_s = FIRST_S + below(random, np.full(size, LAST_SITTING_S - FIRST_S))
    favourites = mostly_low(random, np.full((size, SLOTS + SHIFTS), len(TASTES)))
    rarely = cube(random.random(size))
    sittings = 1 + (count / 4 * (rarely * rarely)).astype(np.int64)
    first = np.cumsum(sittings) - sittings
    started_s = _starts(random, joined_s, first, sittings)
    return People(
        favourites,
        _liking(random, favourites),
        0.48 * bell(random, size),
        random.random(size) < 0.2,
        first,
        sittings,
        started_s,
        np.minimum((started_s - np.repeat(joined_s, sittings)) // SHIFT_S, SHIFTS),
    )


def _starts(random: np.random.Generator, joined_s: Ints, first: Ints, sittings: Ints) -> Ints:
    """The first sitting is when somebody joins, the others as long as interest lasts."""
    lasts_s = mostly_low(random, LAST_SITTING_S - joined_s)
    later_s = below(random, np.repeat(lasts_s, sittings))
    later_s[first] = 0
    user = np.repeat(np.arange(len(first)), sittings)
    return np.sort(user << 32 | np.repeat(joined_s, sittings) + later_s) & (2**32 - 1)


def _liking(random: np.random.Generator, favourites: Ints) -> Floats:
    liking = 0.2 * bell(random, len(favourites), len(TASTES))
    for slot, stars in enumerate(LOVE):
        liking[np.arange(len(favourites)), favourites[:, slot]] += stars
    return liking

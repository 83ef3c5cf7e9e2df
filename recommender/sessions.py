"""Sessions: what one person rated without a pause of more than an hour.

MovieLens orders the ratings of a session as its page offered the movies, so that a measure that
uses this order rewards whoever learns the page. A session is taken as a set.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.preference import LIKE_FROM
from recommender.ratings import IndexedRatings
from recommender.scorers import HalfStars, Indices

PAUSE_S = 3600
"""Seconds without a rating that end a session."""


class Session(NamedTuple):
    """One person's session; rows are of the ratings that it was found in, in time order.

    Attributes:
        user: whose, as an index.
        at_s: when it began.
        before: what the person rated earlier, rows, shape (m,).
        rows: of the session, shape (n,).
    """

    user: int
    at_s: int
    before: NDArray[np.intp]
    rows: NDArray[np.intp]


def sessions(ratings: IndexedRatings) -> Iterator[Session]:
    """All sessions of these ratings, person by person in time order."""
    order = np.lexsort((ratings.at_s, ratings.users))
    users, at_s = ratings.users[order], ratings.at_s[order]
    other = np.diff(users, prepend=-1) != 0
    begins = other | (np.diff(at_s, prepend=at_s[:1]) > PAUSE_S)
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(order))
    firsts = np.maximum.accumulate(np.where(other, np.arange(len(order)), 0))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        before = order[firsts[start] : start]
        yield Session(int(users[start]), int(at_s[start]), before, order[start:end])


def history_of(ratings: IndexedRatings, rows: NDArray[np.intp]) -> tuple[Indices, HalfStars]:
    """One person's movies and half-stars by these rows, of a movie rated twice the later one."""
    last = dict(zip(ratings.movies[rows].tolist(), ratings.half_stars[rows].tolist(), strict=True))
    return np.fromiter(last, np.intp, len(last)), np.fromiter(last.values(), np.uint8, len(last))


def first_time_likes(ratings: IndexedRatings, session: Session) -> Indices:
    """Movies that the session likes and the person had not rated before it, shape (n,)."""
    movies, half_stars = history_of(ratings, session.rows)
    known = ratings.movies[session.before]
    liked = half_stars >= LIKE_FROM
    new: Indices = movies[liked & ~np.isin(movies, known)]
    return new

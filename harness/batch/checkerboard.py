"""Users and movies of two tastes: everybody loves one half and hates the other.

Each user has not seen one movie of the own half, which is the known answer.
"""

import numpy as np

from batch.snapshot import Snapshot

USERS, MOVIES = 40, 30
MISSING = {
    user: 2 * ((user - 1) // 2 % (MOVIES // 2)) + (1 if user % 2 else 2)
    for user in range(1, USERS + 1)
}
"""By user, the one movie of the own taste that the user has not seen."""


def checkerboard() -> Snapshot:
    user, movie = (grid.ravel() + 1 for grid in np.mgrid[0:USERS, 0:MOVIES])
    same = user % 2 == movie % 2
    seen = movie != np.array([MISSING[one] for one in user.tolist()])
    return said(user[seen], movie[seen], np.where(same[seen], 10, 2))


def said(user: np.ndarray, movie: np.ndarray, half_stars: np.ndarray) -> Snapshot:
    """A snapshot with these ratings, all at once."""
    times = dict.fromkeys(user.tolist(), 1)
    ids = (user.astype(np.int32), movie.astype(np.int32))
    at = np.ones(len(user), np.int64)
    return Snapshot({0: 1}, *ids, half_stars.astype(np.uint8), at, times, times)

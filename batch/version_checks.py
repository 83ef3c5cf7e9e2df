"""Checks that every version must pass, whatever its hit rate."""

import numpy as np
from numpy.typing import NDArray

from batch.list_churn import ListChurn
from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.histories import RETRACTED
from contracts.ranked_lists import UserLists
from recommender.preference import LIKE_FROM

COVERED = 0.99
"""Share of those with a like who have a list."""

LIKED_BY = 0.05
"""Share of all users whose likes let a movie be in many lists. Where ml-latest-small grows by its
own ratings, what jumps is liked by 6 to 70 %: it has come out. Attackers are fewer than this."""


class VersionRejected(RuntimeError):
    """A version that must not be published."""


def check(snapshot: Snapshot, model: Model, lists: UserLists, limit: int) -> None:
    """Look at everybody's list.

    Args:
        snapshot: what the model learned.
        model: was trained.
        lists: that it makes.
        limit: how many movies a list has where so many are open to the user.

    Raises:
        VersionRejected: if too many have no list, or one is too short or not in order.
    """
    _covered(snapshot, lists)
    wanted = np.minimum(limit, _open(snapshot, model, lists.users))
    short = np.flatnonzero(lists.counts < wanted)
    if len(short):
        row = short[0]
        few = f"one has {lists.counts[row]} movies out of {wanted[row]} available"
        raise VersionRejected(f"{len(short)} lists are too short: {few}")
    broken = _unordered(lists)
    if broken:
        raise VersionRejected(f"scores of {broken} lists are out of order, NaN or infinite")


def check_churn(switch: ListChurn, snapshot: Snapshot, model: Model) -> None:
    """Look at what changes for people whose histories do not.

    Raises:
        VersionRejected: if a movie that few like comes from hardly any top ten into many, as one
            that is pushed does.
    """
    few = model.likes <= LIKED_BY * len(snapshot.users)
    movies = switch.jumped(model.movies[few]).tolist()
    if movies:
        named = ", ".join(map(str, movies))
        raise VersionRejected(f"jumped from hardly any list into many: movies {named}")


def _covered(snapshot: Snapshot, lists: UserLists) -> None:
    rated = snapshot.rated
    able = np.unique(rated.user_id[rated.half_stars >= LIKE_FROM])
    have = np.isin(able, lists.users)
    if len(able) and have.mean() < COVERED:
        raise VersionRejected(f"only {have.sum()} of {len(able)} users with a like have a list")


def _open(snapshot: Snapshot, model: Model, users: NDArray[np.int64]) -> NDArray[np.intp]:
    """How many of the model's movies each user's list may show, shape (users,)."""
    said = np.isin(snapshot.movie_id, model.movies) & (snapshot.state != RETRACTED)
    whose = snapshot.user_id[said & np.isin(snapshot.user_id, users)]
    masked = np.bincount(np.searchsorted(users, whose), minlength=len(users))
    return len(model.movies) - masked


def _unordered(lists: UserLists) -> int:
    """How many lists have scores that rise or are no numbers."""
    scores = lists.entries["score"]
    inside = np.arange(scores.shape[1]) < lists.counts[:, None]
    rises = (np.diff(scores, axis=1) > 0) & inside[:, 1:]
    broken = rises.any(axis=1) | (inside & ~np.isfinite(scores)).any(axis=1)
    return int(broken.sum())

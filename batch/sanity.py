"""What no version may be published with, whatever the gate says of its hit rate."""

from collections.abc import Mapping

import numpy as np

from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.histories import RETRACTED
from contracts.lists import RankedList
from recommender.preference import LIKE_FROM

COVERED = 0.99
"""Share of those with a like who have a list."""


class Insane(RuntimeError):
    """A version that must not be published."""


def check(snapshot: Snapshot, model: Model, lists: Mapping[int, RankedList], limit: int) -> None:
    """Look at everybody's list.

    Args:
        snapshot: what the model learned.
        model: was trained.
        lists: by user.
        limit: how many movies a list has, if there are so many that the user has not seen.

    Raises:
        Insane: if too many have no list, or one is too short or not in order.
    """
    _covered(snapshot, lists)
    open_movies = _open(snapshot, model)
    for user, made in lists.items():
        wanted = min(limit, open_movies.get(user, len(model.movies)))
        if len(made.movies) < wanted:
            raise Insane(f"a list of {len(made.movies)} movies where {wanted} are open")
        if not np.isfinite(made.scores).all() or (np.diff(made.scores) > 0).any():
            raise Insane("a list whose scores are not in order")


def _covered(snapshot: Snapshot, lists: Mapping[int, RankedList]) -> None:
    rated = snapshot.rated
    able = np.unique(rated.user_id[rated.half_stars >= LIKE_FROM])
    have = np.isin(able, np.fromiter(lists, np.int32, len(lists)))
    if len(able) and have.mean() < COVERED:
        raise Insane(f"{have.sum()} of {len(able)} users with a like have a list")


def _open(snapshot: Snapshot, model: Model) -> dict[int, int]:
    """How many of the model's movies each user has not said anything of."""
    said = np.isin(snapshot.movie_id, model.movies) & (snapshot.state != RETRACTED)
    users, counts = np.unique(snapshot.user_id[said], return_counts=True)
    return dict(zip(users.tolist(), (len(model.movies) - counts).tolist(), strict=True))

"""The prequential walk: events in time order, each scored before it is learned.

A burst is what one user rated in one second: order inside it carries no information, so all of it
is scored against the list before it. Scored are first-time likes; what the user rated before is
masked for every contender alike.
Source: Gama, Sebastião and Rodrigues 2013, "On evaluating stream learning algorithms".
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from batch.evaluation.contenders import Floats, Places
from batch.evaluation.dataset import Ratings
from batch.evaluation.ranking import Histories
from batch.evaluation.splits import Split
from batch.evaluation.walkers import Moment, Walker
from recommender.preference import LIKE_FROM

MISSED = np.iinfo(np.int32).max
"""The place of a movie that no list holds."""


@dataclass(frozen=True)
class Walked:
    """Every first-time like of the walk, shape (n,).

    Attributes:
        users: whose.
        prior_likes: how many likes the user had before the burst.
        known: whether the user had rated anything before the cut.
        places: contender to the movie's place in its list, 0 for the first, or MISSED.
    """

    users: Places
    prior_likes: NDArray[np.intp]
    known: NDArray[np.bool_]
    places: dict[str, NDArray[np.int32]]


def walk(
    split: Split, walkers: Mapping[str, Walker], judges: Collection[int] | None = None
) -> Walked:
    """Go through the test side once, all contenders side by side.

    Args:
        split: what is known, and what comes.
        walkers: the contenders, by name.
        judges: the users whose likes are scored, places; None for everybody. All are learned.
    """
    histories = Histories.in_(split.train)
    past = {user: _begun(histories, user) for user in np.unique(split.test.users).tolist()}
    known = {user for user, said in past.items() if said}
    rows: list[tuple[int, int, bool]] = []
    places: dict[str, list[int]] = {name: [] for name in walkers}
    for first, last in bursts(split.test):
        user, at_s = int(split.test.users[first]), int(split.test.at_s[first])
        said = past[user]
        movies, stars = split.test.movies[first:last], split.test.half_stars[first:last]
        new = [
            m
            for m, s in zip(movies.tolist(), stars.tolist(), strict=True)
            if s >= LIKE_FROM and m not in said
        ]
        if new:
            if judges is None or user in judges:
                moment = _moment(user, at_s, said)
                likes = int((moment.half_stars >= LIKE_FROM).sum())
                rows += [(user, likes, user in known)] * len(new)
                for name, walker in walkers.items():
                    places[name] += _places(walker.scores(moment), moment.movies, new)
            for walker in walkers.values():
                walker.learn(at_s, np.array(new, np.intp))
        said.update(zip(movies.tolist(), stars.tolist(), strict=True))
    users, likes_before, were_known = np.array(rows, np.intp).reshape(-1, 3).T
    found = {name: np.array(some, np.int32) for name, some in places.items()}
    return Walked(users, likes_before, were_known.astype(bool), found)


def bursts(ratings: Ratings) -> Iterator[tuple[int, int]]:
    """First row of each burst, and the row after its last."""
    edge = (np.diff(ratings.users) != 0) | (np.diff(ratings.at_s) != 0)
    cuts = [0, *(np.flatnonzero(edge) + 1).tolist(), len(ratings)]
    return ((a, b) for a, b in pairwise(cuts) if a < b)


def _begun(histories: Histories, user: int) -> dict[int, int]:
    movies, half_stars = histories.of(user)
    return dict(zip(movies.tolist(), half_stars.tolist(), strict=True))


def _moment(user: int, at_s: int, said: Mapping[int, int]) -> Moment:
    movies = np.fromiter(said, np.intp, len(said))
    return Moment(user, at_s, movies, np.fromiter(said.values(), np.uint8, len(said)))


def _places(scores: Floats, masked: Places, wanted: list[int]) -> list[int]:
    """Each wanted movie's place; equal scores go by smaller index, as in `recommender.topn`."""
    open_scores = scores.copy()
    open_scores[masked] = -np.inf
    return [_place(open_scores, movie) for movie in wanted]


def _place(scores: Floats, movie: int) -> int:
    own = scores[movie]
    if not own > -np.inf:  # nor is what is no number ever found
        return MISSED
    return int((scores > own).sum() + (scores[:movie] == own).sum())

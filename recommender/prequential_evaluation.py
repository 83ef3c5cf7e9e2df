"""Prequential evaluation of held-out ratings: all contenders side by side, once through."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.prequential import MISSED, Moment, bursts, score_then_learn
from recommender.prequential_models import PrequentialModel
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import Floats, Indices


@dataclass(frozen=True)
class PrequentialResult:
    """Every first-time like of the held-out ratings, shape (n,).

    Attributes:
        users: whose.
        prior_likes: how many likes the user had before the burst.
        gap_s: seconds since the user's last rating, or NO_GAP.
        movies: that are liked, as indices.
        known: whether the user had rated anything before the cut.
        ranks: contender to the movie's rank in its list, 0 for the first, or MISSED.
    """

    users: Indices
    prior_likes: NDArray[np.intp]
    gap_s: NDArray[np.intp]
    movies: Indices
    known: NDArray[np.bool_]
    ranks: dict[str, NDArray[np.int32]]


def run_prequential(
    split: Split, models: Mapping[str, PrequentialModel], judges: Collection[int] | None = None
) -> PrequentialResult:
    """Go through the test side once, all contenders side by side.

    Args:
        split: what is known, and what comes.
        models: the contenders, by name.
        judges: the users whose likes are scored, as indices; None for everybody. All are learned.
    """
    contenders = {name: _ByScores(one) for name, one in models.items()}
    events = bursts(_rows(split.test))
    cases: list[tuple[int, int, int, int]] = []
    ranks: dict[str, list[int]] = {name: [] for name in models}
    before = _states(split), _latest_s(split.train)
    for one in score_then_learn(events, *before, contenders, judges):
        cases += [(one.user, one.prior_likes, one.gap_s, movie) for movie in one.movies]
        for name, found in one.ranks.items():
            ranks[name] += found
    users, prior_likes, gap_s, movies = np.array(cases, np.intp).reshape(-1, 4).T
    known = np.isin(users, split.train.users)
    by_name = {name: np.array(found, np.int32) for name, found in ranks.items()}
    return PrequentialResult(users, prior_likes, gap_s, movies, known, by_name)


class _ByScores(NamedTuple):
    """A model's list: movies by score, equal ones by smaller index, as in `recommender.top_n`."""

    model: PrequentialModel

    def ranks(self, moment: Moment, movies: Sequence[int]) -> list[int]:
        scores = self.model.scores(moment).copy()
        scores[list(moment.masked)] = -np.inf
        return [_rank(scores, movie) for movie in movies]

    def learn(self, at_s: int, movies: Sequence[int]) -> None:
        self.model.learn(at_s, movies)


def _rows(ratings: IndexedRatings) -> Iterator[tuple[int, int, int, int]]:
    columns = (ratings.users, ratings.at_s, ratings.movies, ratings.half_stars)
    return zip(*(column.tolist() for column in columns), strict=True)


def _states(split: Split) -> dict[int, dict[int, int]]:
    """What those whom the test side tells of said before."""
    histories = Histories.in_(split.train)
    before = {user: histories.of(user) for user in np.unique(split.test.users).tolist()}
    return {
        user: dict(zip(movies.tolist(), half_stars.tolist(), strict=True))
        for user, (movies, half_stars) in before.items()
    }


def _latest_s(ratings: IndexedRatings) -> dict[int, int]:
    """When each user last rated."""
    latest = np.full(len(ratings.user_ids), -1)
    np.maximum.at(latest, ratings.users, ratings.at_s)
    rated = np.flatnonzero(latest >= 0)
    return dict(zip(rated.tolist(), latest[rated].tolist(), strict=True))


def _rank(scores: Floats, movie: int) -> int:
    own = scores[movie]
    if not own > -np.inf:  # nor is NaN ever found
        return MISSED
    return int((scores > own).sum() + (scores[:movie] == own).sum())

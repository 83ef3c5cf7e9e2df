"""Taste probes: whether lists follow a taste, seen without anybody's ratings.

Five known movies of one genre get five stars, and the top ten should be of that genre; two such
lists for different genres should share little. Hit rates do not see what these do: a list of what
everybody likes hits often.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.preference import FIVE_STARS
from recommender.ratings import IndexedRatings
from recommender.scorers import UNKNOWN, Popular, Scorer, likes_of, scored
from recommender.top_n import top

LIKED, K = 5, 10
DRAWS, GENRES = 12, 10
KNOWN_FROM = 20
"""Ratings from which a movie is drawn: nobody is asked about what nobody knows."""
FORMATS = {"IMAX"}
"""What MovieLens lists among genres and is none."""
SEED = 1


class Probes(NamedTuple):
    """What the probes found.

    Attributes:
        share: of the top tens that is of the genre that was liked, the mean over all draws.
        overlap: of two top tens for different genres, the mean over all pairs.
    """

    share: float
    overlap: float


def probe(scorer: Scorer, train: IndexedRatings, genres: Sequence[Sequence[str]]) -> Probes | None:
    """Probe what learned from these ratings; None if no two genres are known well enough.

    Args:
        scorer: is asked for lists.
        train: says which movies are known, and what somebody gets whose taste says nothing.
        genres: of each movie, by its index.
    """
    ratings = np.bincount(train.movies, minlength=len(train.movie_ids))
    known = known_by_genre(genres, ratings)
    if len(known) < 2:
        return None
    random, fallback = np.random.default_rng(SEED), Popular(likes_of(train))
    lists: dict[str, list[set[int]]] = {genre: [] for genre in known}
    for genre, movies in known.items():
        for _ in range(DRAWS):
            drawn = random.choice(movies, LIKED, replace=False)
            scores = scored(scorer, fallback, drawn, np.full(LIKED, FIVE_STARS, np.uint8))
            best = top(scores, drawn, K)
            lists[genre].append(set(best[scores[best] > UNKNOWN].tolist()))
    shares = [_share(one, genre, genres) for genre, some in lists.items() for one in some]
    shared = [
        len(a & b) / K for one, other in combinations(lists.values(), 2) for a in one for b in other
    ]
    return Probes(float(np.mean(shares)), float(np.mean(shared)))


def known_by_genre(
    genres: Sequence[Sequence[str]], ratings: NDArray[np.intp]
) -> dict[str, NDArray[np.intp]]:
    """Known movies of the ten rarest genres that have twice as many as are drawn.

    Rare ones, because a list that knows nothing of a taste is full of drama anyway.
    """
    found: dict[str, list[int]] = {}
    for movie in np.flatnonzero(ratings >= KNOWN_FROM).tolist():
        for genre in set(genres[movie]) - FORMATS:
            found.setdefault(genre, []).append(movie)
    enough = {genre: some for genre, some in found.items() if len(some) >= 2 * LIKED}
    rarest = sorted(enough, key=lambda genre: (len(enough[genre]), genre))[:GENRES]
    return {genre: np.array(enough[genre], np.intp) for genre in rarest}


def _share(movies: set[int], genre: str, genres: Sequence[Sequence[str]]) -> float:
    return sum(genre in genres[movie] for movie in movies) / K

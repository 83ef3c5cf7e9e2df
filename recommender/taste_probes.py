"""Taste probes: whether lists follow a taste, seen without anybody's ratings.

Five known movies of one genre get five stars, and the top ten should be of that genre; two such
lists for different genres should share little. Hit rates do not see what these do: a list of what
everybody likes hits often.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.preference import FIVE_STARS
from recommender.ratings import IndexedRatings
from recommender.scorers import UNKNOWN, Factored, Popular, Scorer, likes_of, scored
from recommender.top_n import top

LIKED, K = 5, 10
DRAWS, GENRES = 12, 10
KNOWN_FROM = 20
"""Ratings from which a movie is drawn: nobody is asked about what nobody knows."""
FORMATS = {"IMAX"}
"""What MovieLens lists among genres and is none."""
MANY = 100
"""Ratings of somebody whose taste one evening hardly changes."""
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
    known = known_by_genre(genres, _ratings_of_each(train))
    if len(known) < 2:
        return None
    fallback = Popular(likes_of(train))
    lists: dict[str, list[set[int]]] = {genre: [] for genre in known}
    for genre, drawn in draws(known):
        scores = scored(scorer, fallback, drawn, np.full(LIKED, FIVE_STARS, np.uint8))
        lists[genre].append(_list(scores, drawn))
    shares = [_share(one, genre, genres) for genre, some in lists.items() for one in some]
    shared = [
        len(a & b) / K for one, other in combinations(lists.values(), 2) for a in one for b in other
    ]
    return Probes(float(np.mean(shares)), float(np.mean(shared)))


def moment(
    model: Factored,
    train: IndexedRatings,
    genres: Sequence[Sequence[str]],
    newcomers: Probes | None,
) -> float | None:
    """How well lists of this evening follow a new taste of people who have rated much.

    Each draw of a taste is liked, all at once and now, by somebody with `MANY` ratings or more.

    Args:
        model: is asked for lists.
        train: what it learned from.
        genres: of each movie, by its index.
        newcomers: what `probe` found of it.

    Returns:
        The share of their top tens at focus 1 that is of the genre, over newcomers' from the same
        draws; None if nobody has rated so much, or no two genres are known well enough.
    """
    people = np.flatnonzero(np.bincount(train.users) >= MANY)
    if not len(people) or newcomers is None or not newcomers.share:
        return None
    random, shares = np.random.default_rng(SEED), []
    for genre, drawn in draws(known_by_genre(genres, _ratings_of_each(train))):
        rows = np.flatnonzero(train.users == random.choice(people))
        rows = rows[~np.isin(train.movies[rows], drawn)]
        movies = np.concatenate([train.movies[rows], drawn])
        half_stars = np.append(train.half_stars[rows], np.full(LIKED, FIVE_STARS, np.uint8))
        at_ms = np.append(train.at_s[rows], np.full(LIKED, train.at_s.max() + 1)) * 1000
        scores = model.focused(movies, half_stars, at_ms, focus=1.0)
        shares.append(_share(_list(scores, movies), genre, genres) if scores is not None else 0.0)
    return float(np.mean(shares)) / newcomers.share


def draws(known: Mapping[str, NDArray[np.intp]]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Movies to like, genre by genre: the same at each call."""
    random = np.random.default_rng(SEED)
    for genre, movies in known.items():
        for _ in range(DRAWS):
            yield genre, random.choice(movies, LIKED, replace=False)


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


def _ratings_of_each(train: IndexedRatings) -> NDArray[np.intp]:
    return np.bincount(train.movies, minlength=len(train.movie_ids))


def _list(scores: NDArray[np.float32], masked: NDArray[np.intp]) -> set[int]:
    best = top(scores, masked, K)
    return set(best[scores[best] > UNKNOWN].tolist())


def _share(movies: set[int], genre: str, genres: Sequence[Sequence[str]]) -> float:
    return sum(genre in genres[movie] for movie in movies) / K

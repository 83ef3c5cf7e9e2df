"""People whom nobody knows: each gives five stars to five well-known movies of one taste."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from batch.taste_definitions import TASTES, Named, Taste, folded, found_in
from bench.textbook_judges.freshness import STARS, require_going_on, until_changed_s
from bench.textbook_judges.system import OK, System
from contracts.catalogue import Catalogue, Movie

FIRST_ID = 1_500_000_000
FITTING, PAUSE_S = 5, 1.0
PER_S, ROWS = 50, 9_000
"""Of the release, that come meanwhile."""
K, GIVEN = 10, 5


class NotTaken(RuntimeError):
    """A rating that was refused; says whose, and the status."""


class Newcomers(NamedTuple):
    """What became of them.

    Attributes:
        first_list_s: of each, from the fifth rating to an own list that follows it.
        fitting: by taste, movies of the top ten that fit, some time later.
        rated: movies of all these lists that the person had rated.
    """

    first_list_s: list[float]
    fitting: Mapping[str, int]
    rated: int


def measured(system: System, catalogue: Catalogue, first: int, wait_s: float) -> Newcomers:
    """Let one of each taste come while others rate, and look at their lists."""
    with system.live(first, first + ROWS, PER_S) as live:
        found = _measured(system, catalogue, wait_s)
        require_going_on(live)
        return found


def _measured(system: System, catalogue: Catalogue, wait_s: float) -> Newcomers:
    named = found_in(catalogue.movies)
    movies = {one.movie_id: one for one in catalogue.movies}
    liked = [_liked(taste, named) for taste in TASTES]
    with ThreadPoolExecutor(len(TASTES)) as pool:
        first = list(pool.map(lambda n: _first_list_s(system, FIRST_ID + n, liked[n]),
                              range(len(TASTES))))  # fmt: skip
    time.sleep(wait_s)
    fitting, rated = {}, 0
    for n, taste in enumerate(TASTES):
        shown = [movie for movie, _ in system.list_of(FIRST_ID + n).movies[:K]]
        fitting[taste.name] = _fitting(taste, shown, movies)
        rated += len(set(shown) & set(liked[n]))
    return Newcomers(first, fitting, rated)


def _liked(taste: Taste, named: Mapping[Named, Movie]) -> list[int]:
    """The first five movies of a taste that the release has."""
    found = (named.get(folded(name)) for name in taste.liked)
    return list({one.movie_id: one for one in found if one})[:GIVEN]


def _first_list_s(system: System, user: int, liked: list[int]) -> float:
    *first, last = liked
    for movie in first:
        _rate(system, user, movie)
    time.sleep(PAUSE_S)  # a list of the first four may come
    before = system.list_of(user)
    began = time.monotonic()
    _rate(system, user, last)
    return until_changed_s(system, user, before.movies, began)


def _rate(system: System, user: int, movie: int) -> None:
    if (status := system.rate(user, movie, STARS)) not in OK:
        raise NotTaken(f"user {user}, movie {movie}: {status}")


def _fitting(taste: Taste, shown: list[int], movies: Mapping[int, Movie]) -> int:
    return sum(taste.fits(movies[one]) for one in shown if one in movies)

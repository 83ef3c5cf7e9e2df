"""Time buckets, and what is computed from them: windows, trends, activity."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from heapq import nsmallest
from typing import NamedTuple, TypeVar

Named = TypeVar("Named", int, str)


class Grain(NamedTuple):
    """A bucket's width, and how long it is kept after its end; in seconds."""

    name: str
    seconds: int
    kept_s: int


MINUTE = Grain("minute", 60, 2 * 3600)
HOUR = Grain("hour", 3600, 2 * 86_400)
DAY = Grain("day", 86_400, 8 * 86_400)
GRAINS = (MINUTE, HOUR, DAY)
"""Each a multiple of the one before it."""

Counts = Mapping[str, tuple[int, int]]
"""Fresh ratings of a bucket: `m:movie` or `g:genre` to (ratings, half-star sum)."""
MOVIE, GENRE = "m:", "g:"
SCORE_DIGITS = 6
"""Scores are compared to a millionth, so that the order of their sums does not matter."""


class Bucket(NamedTuple):
    """One bucket; starts are multiples of the width since the epoch."""

    grain: Grain
    start_s: int


class Window(StrEnum):
    """A stretch of time up to now: the running bucket and the finished ones before it."""

    minutes = "10m"
    hour = "1h"
    day = "1d"
    week = "7d"

    @property
    def half_life(self) -> float:
        """After how many buckets a rating weighs half: a quarter of the window."""
        return _BUCKETS[self][1] / 4

    def buckets(self, now_s: int) -> list[Bucket]:
        """The window's buckets at this moment, the running one first."""
        return last_buckets(*_BUCKETS[self], now_s)


_BUCKETS = {
    Window.minutes: (MINUTE, 10),
    Window.hour: (MINUTE, 60),
    Window.day: (HOUR, 24),
    Window.week: (DAY, 7),
}


class Tally(NamedTuple):
    """Sums of ratings: weighted and unweighted counts, and half-stars."""

    score: float
    ratings: int
    half_stars: int


class Activity(NamedTuple):
    """What happened in a bucket.

    Attributes:
        records: of the topic.
        rejected: those of them that are no events.
        ratings: fresh ones.
        users: sketch of those with a fresh event of any kind; see `contracts.hyperloglog`.
    """

    records: int
    rejected: int
    ratings: int
    users: bytes


def last_buckets(grain: Grain, count: int, now_s: int) -> list[Bucket]:
    """The running bucket and those before it, the newest first."""
    start = now_s - now_s % grain.seconds
    return [Bucket(grain, start - n * grain.seconds) for n in range(count)]


def decayed(buckets: Sequence[Counts], half_life: float, youngest: int = 0) -> dict[str, Tally]:
    """Buckets summed up, the newest first; one of age a weighs 2^(-a / half-life).

    Args:
        buckets: with ages that follow one another.
        half_life: in buckets.
        youngest: the first one's age; the running bucket's is 0.
    """
    tallies: dict[str, Tally] = {}
    for age, counts in enumerate(buckets, youngest):
        weight = 2.0 ** (-age / half_life)
        for name, (ratings, half_stars) in counts.items():
            more = Tally(weight * ratings, ratings, half_stars)
            tallies[name] = _plus(tallies.get(name, _NOTHING), more)
    return tallies


def joined(some: Mapping[str, Tally], others: Mapping[str, Tally]) -> dict[str, Tally]:
    """The sums of two parts of a window."""
    whole = dict(others)
    for name, tally in some.items():
        whole[name] = _plus(tally, whole.get(name, _NOTHING))
    return whole


def trending_movies(
    tallies: Mapping[str, Tally], limit: int, known: Callable[[int], bool] = lambda _: True
) -> list[tuple[int, Tally]]:
    """The known movies that trend.

    By score; of equal ones the more rated come first, then those with more half-stars, then by id.
    """
    movies = {int(name): tally for name, tally in _of(MOVIE, tallies)}
    return _top({movie: tally for movie, tally in movies.items() if known(movie)}, limit)


def trending_genres(tallies: Mapping[str, Tally], limit: int) -> list[tuple[str, Tally]]:
    """The genres that trend, in the same order as movies; at last by name."""
    return _top(dict(_of(GENRE, tallies)), limit)


_NOTHING = Tally(0.0, 0, 0)


def _plus(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.score + other.score, one.ratings + other.ratings, one.half_stars + other.half_stars
    )


def _of(kind: str, tallies: Mapping[str, Tally]) -> Iterator[tuple[str, Tally]]:
    return ((name[len(kind) :], t) for name, t in tallies.items() if name.startswith(kind))


def _top(tallies: Mapping[Named, Tally], limit: int) -> list[tuple[Named, Tally]]:
    def rank(trend: tuple[Named, Tally]) -> tuple[float, int, int, Named]:
        name, (score, ratings, half_stars) = trend
        return -round(score, SCORE_DIGITS), -ratings, -half_stars, name

    return nsmallest(limit, tallies.items(), key=rank)

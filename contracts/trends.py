"""The buckets of fresh ratings, by record timestamp, and the trends that are sums of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Grain(NamedTuple):
    """A bucket's width, and how long it is kept after its end; in seconds."""

    name: str
    seconds: int
    kept_s: int


MINUTE = Grain("minute", 60, 2 * 3600)
HOUR = Grain("hour", 3600, 2 * 86_400)
DAY = Grain("day", 86_400, 8 * 86_400)
GRAINS = (MINUTE, HOUR, DAY)


class Bucket(NamedTuple):
    """One bucket; starts are multiples of the width since the epoch."""

    grain: Grain
    start_s: int


def last_buckets(grain: Grain, now_s: int, count: int) -> list[Bucket]:
    """The running bucket and those before it, the newest first."""
    start = now_s - now_s % grain.seconds
    return [Bucket(grain, start - n * grain.seconds) for n in range(count)]


def trending(
    buckets: Iterable[Mapping[str, tuple[int, int]]], limit: int
) -> list[tuple[int, int, int]]:
    """Movies by ratings in these buckets: (movie, ratings, half-star sum), most rated first."""
    ratings: Counter[int] = Counter()
    half_stars: Counter[int] = Counter()
    for counts in buckets:
        for name, (count, half) in counts.items():
            if name.startswith("m:"):
                ratings[int(name[2:])] += count
                half_stars[int(name[2:])] += half
    order = sorted(ratings, key=lambda movie: (-ratings[movie], -half_stars[movie], movie))
    return [(movie, ratings[movie], half_stars[movie]) for movie in order[:limit]]

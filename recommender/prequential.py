"""Prequential evaluation: what people say in time order, each like scored before it is learned.

A burst is what one person said within one second: order inside it carries no information, so all of
it is scored against the lists before it. Scored are first-time likes; what the person rated or
dismissed before is masked for every contender alike.
Source: Gama, Sebastião and Rodrigues 2013, "On evaluating stream learning algorithms".
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.histories import RETRACTED, is_rated
from recommender.preference import LIKE_FROM

MISSED = np.iinfo(np.int32).max
"""The rank of a movie that no list holds."""
NO_GAP = -1
"""The gap of somebody who has rated nothing before."""
MINUTE_S, HOUR_S = 60, 3600
GAPS = ("minute", "hour", "longer")
"""Names of gaps: up to a minute, up to an hour, longer. Within a minute people rate what a page of
MovieLens offers next, so that hits there tell who has learned the page."""


class Burst(NamedTuple):
    """What one person said within one second: movies and states, in order."""

    user: int
    at_s: int
    said: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Moment:
    """A person just before a burst; `states` are those of every movie that the person knows."""

    user: int
    at_s: int
    states: Mapping[int, int]

    @cached_property
    def masked(self) -> frozenset[int]:
        """The movies that no list may show."""
        return frozenset(m for m, state in self.states.items() if state != RETRACTED)

    @cached_property
    def rated(self) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """The movies that stand rated, and their half-stars."""
        rated = {m: state for m, state in self.states.items() if is_rated(state)}
        half_stars = np.fromiter(rated.values(), np.uint8, len(rated))
        return np.fromiter(rated, np.intp, len(rated)), half_stars


class Contender(Protocol):
    """Whoever has a list for everybody."""

    def ranks(self, moment: Moment, movies: Sequence[int]) -> Sequence[int]:
        """Each movie's rank in the list, 0 for the first, or MISSED; the burst is not known yet."""

    def learn(self, at_s: int, movies: Sequence[int]) -> None:
        """What was liked for the first time, after it was scored."""


class Scored(NamedTuple):
    """The first-time likes of a burst.

    Attributes:
        user: whose.
        prior_likes: how many movies stood liked before the burst.
        gap_s: seconds since the person's last rating, 0 if that is dated later, or NO_GAP.
        movies: that are liked for the first time, each once.
        ranks: contender to the ranks that the movies had.
    """

    user: int
    prior_likes: int
    gap_s: int
    movies: Sequence[int]
    ranks: dict[str, Sequence[int]]


def bursts(rows: Iterable[tuple[int, int, int, int]]) -> Iterator[Burst]:
    """Rows of user, second, movie and state; those of one burst follow each other."""
    for (user, at_s), burst in groupby(rows, lambda row: row[:2]):
        yield Burst(user, at_s, [row[2:] for row in burst])


def score_then_learn(
    events: Iterable[Burst],
    states: dict[int, dict[int, int]],
    latest_s: dict[int, int],
    contenders: Mapping[str, Contender],
    judges: Collection[int] | None = None,
) -> Iterator[Scored]:
    """Score the first-time likes of each burst, then learn it.

    Args:
        events: in the order in which they happened.
        states: what each person said of each movie before; grows.
        latest_s: the latest second of each person's ratings before; grows.
        contenders: by name, side by side.
        judges: whose likes are scored; None for everybody's. All are learned.
    """
    for burst in events:
        known = states.setdefault(burst.user, {})
        liked = (movie for movie, state in burst.said if is_like(state))
        new = [movie for movie in dict.fromkeys(liked) if movie not in known]
        if new and (judges is None or burst.user in judges):
            moment = Moment(burst.user, burst.at_s, known)
            ranks = {name: one.ranks(moment, new) for name, one in contenders.items()}
            prior_likes, gap_s = sum(map(is_like, known.values())), _gap_s(burst, latest_s)
            yield Scored(burst.user, prior_likes, gap_s, new, ranks)
        if new:
            for one in contenders.values():
                one.learn(burst.at_s, new)
        known.update(burst.said)
        if any(is_rated(state) for _, state in burst.said):
            latest_s[burst.user] = max(burst.at_s, latest_s.get(burst.user, burst.at_s))


def _gap_s(burst: Burst, latest_s: Mapping[int, int]) -> int:
    before = latest_s.get(burst.user)
    return NO_GAP if before is None else max(0, burst.at_s - before)


def gap_name(gap_s: int) -> str | None:
    """Which of `GAPS` it is; None of NO_GAP."""
    if gap_s == NO_GAP:
        return None
    return GAPS[(gap_s > MINUTE_S) + (gap_s > HOUR_S)]


def popularity_bucket(likes: int) -> int:
    """floor(log2(likes + 1)), from which stratified hit rates follow to within a factor of 1.4."""
    return (likes + 1).bit_length() - 1


def is_like(state: int) -> bool:
    """Whether a state of a history is a like."""
    return is_rated(state) and state >= LIKE_FROM


def ranks_among(
    best: Iterable[int], masked: Container[int], movies: Iterable[int], count: int
) -> list[int]:
    """Each movie's rank among the first so many of the best that are not masked, or MISSED."""
    unmasked = islice((movie for movie in best if movie not in masked), count)
    rank = {movie: n for n, movie in enumerate(unmasked)}
    return [rank.get(movie, MISSED) for movie in movies]

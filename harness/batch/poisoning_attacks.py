"""Attacks on the ratings: made-up users who push movies into other people's lists.

Sources: Lam and Riedl 2004, "Shilling recommender systems for fun and profit" (average); Mobasher,
Burke, Bhaumik and Williams 2007, "Toward trustworthy recommender systems" (bandwagon).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ratings import Ratings

FIRST_ATTACKER = 900_000_000
"""Above every data set's user ids."""
TARGETS = 5
FEW = 60
"""Ratings of a movie that is in hardly any list."""
PROFILE = 65
"""Ratings of an attacker, about what the median user of ml-latest-small has."""
BANDWAGON = 10
"""Of a bandwagon attacker's ratings, so many are five stars for movies that everybody knows..."""
KNOWN = 20
"""... drawn from this many."""
HOUR_MS = 3_600_000

Ids = NDArray[np.int32]


class Kind(StrEnum):
    """What an attacker rates besides the targets, to pass for somebody.

    `average` takes any movies, each about as everybody rates it; `bandwagon` takes some that
    everybody knows, with five stars, and any others, about as everybody rates anything. The rest
    go further than the screen promises: `likely` is `average` with movies drawn as often as they
    are rated, `single` has the targets alone.
    """

    average = "average"
    bandwagon = "bandwagon"
    likely = "likely"
    single = "single"


class Poisoned(NamedTuple):
    """Ratings with an attack in them, and who is behind it."""

    rated: Ratings
    attackers: Ids


@dataclass(frozen=True)
class Attack:
    """Attackers beside genuine users.

    Attributes:
        kind: of profile.
        share: of genuine users, how many attackers there are.
        within_ms: so long after the last genuine rating they come; an hour is one burst.
        half_stars: what a target gets: 10 pushes it, 1 sinks it.
        seed: of everything drawn.
    """

    kind: Kind
    share: float
    within_ms: int = HOUR_MS
    half_stars: int = 10
    seed: int = 1

    def on(self, rated: Ratings, targets: Ids) -> Poisoned:
        """These ratings, with attackers who rate the targets."""
        random = np.random.default_rng(self.seed)
        known = Known.of(rated)
        count = round(self.share * len(np.unique(rated.user_id)))
        attackers = np.arange(FIRST_ATTACKER, FIRST_ATTACKER + count, dtype=np.int32)
        last_ms = int(rated.rated_at_ms.max())
        parts = [self._profile(one, known, targets, last_ms, random) for one in attackers.tolist()]
        return Poisoned(together(rated, *parts), attackers)

    def _profile(
        self, user: int, known: "Known", targets: Ids, last_ms: int, random: np.random.Generator
    ) -> Ratings:
        at, stars = known.filler(self.kind, targets, random)
        given = np.concatenate([np.full(len(targets), self.half_stars), stars])
        movies = np.concatenate([targets, known.movies[at]])
        at_ms = last_ms + random.integers(1, self.within_ms, len(movies))
        return Ratings(np.full(len(movies), user, np.int32), movies, given.astype(np.uint8), at_ms)


@dataclass(frozen=True)
class Known:
    """What an attacker can learn of the movies, arrays by movie, ids ascending."""

    movies: Ids
    often: NDArray[np.intp]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    overall: tuple[float, float]

    @classmethod
    def of(cls, rated: Ratings) -> "Known":
        """From the ratings themselves: more than anybody outside would know."""
        movies, at = np.unique(rated.movie_id, return_inverse=True)
        often, given = np.bincount(at), rated.half_stars.astype(np.float64)
        mean = np.bincount(at, given) / often
        deviation = np.sqrt(np.bincount(at, (given - mean[at]) ** 2) / often)
        return cls(movies, often, mean, deviation, (float(given.mean()), float(given.std())))

    def filler(
        self, kind: Kind, targets: Ids, random: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Rows of movies that are no targets, and half-stars for them."""
        pool = np.flatnonzero(~np.isin(self.movies, targets))
        count = PROFILE - len(targets)
        if kind is Kind.single:
            return pool[:0], np.empty(0)
        if kind is Kind.bandwagon:
            best = pool[np.argsort(-self.often[pool], kind="stable")[:KNOWN]]
            shown = random.choice(best, BANDWAGON, replace=False)
            others = random.choice(np.setdiff1d(pool, shown), count - BANDWAGON, replace=False)
            stars = np.append(np.full(BANDWAGON, 10), random.normal(*self.overall, len(others)))
            return np.append(shown, others), half_stars_of(stars)
        chances = self.often[pool] / self.often[pool].sum() if kind is Kind.likely else None
        rows = random.choice(pool, count, replace=False, p=chances)
        return rows, half_stars_of(random.normal(self.mean[rows], self.deviation[rows]))


def little_known(rated: Ratings, seed: int = 1) -> Ids:
    """Targets: movies that few have rated."""
    movies, often = np.unique(rated.movie_id, return_counts=True)
    drawn: Ids = np.random.default_rng(seed).choice(movies[often < FEW], TARGETS, replace=False)
    return drawn


def half_stars_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest values that can be given."""
    nearest: NDArray[np.float64] = np.clip(np.rint(values), 1, 10)
    return nearest


def together(*parts: Ratings) -> Ratings:
    """All these ratings."""
    return Ratings(
        np.concatenate([one.user_id for one in parts]),
        np.concatenate([one.movie_id for one in parts]),
        np.concatenate([one.half_stars for one in parts]),
        np.concatenate([one.rated_at_ms for one in parts]),
    )

"""The screen before training: how far each user may move other people's lists.

Nobody is left out: a suspicious user counts for less with the movies, is listed with the figures
behind it, and still gets an own list, folded in as ever. Three rules:

- A newcomer counts for little; with RAMP ratings, for one.
- A flood, more than FLOOD ratings within an hour, counts for no more than FLOOD an hour would.
- A group that pushes or sinks the same movies counts as one user, all of it together. Pushers pass
  for somebody by movies drawn at random or known to all, so that most of the odd profiles, those
  full of movies that few others rated, are theirs. A movie is a target if LIFT times as many odd
  profiles like it (or dislike it) as would by what everybody else says; who shares SHARED targets
  is of the group.

Source: from odd profiles to their targets, and from those to the group, is the target item analysis
of Zhou et al. 2015, "Shilling attacks detection in recommender systems based on target item
analysis"; that rarely rated movies tell is from RDMA (Chirita, Nejdl and Zamfir 2005). Who knows
these rules can evade them, by movies drawn as often as they are rated or by targets two at a time;
`recommender.top_list_surges` looks at what came of it instead.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.preference import DISLIKE_UP_TO, LIKE_FROM
from recommender.ratings import Pairs

RAMP = 20
"""As many as MovieLens asks of anybody before it counts them as a user."""
FLOOD = 1_000
"""Ratings an hour: one each 3.6 seconds. The busiest hour in ml-latest-small has 574."""
HOUR_MS = 3_600_000
ODD = 0.1
"""The share of profiles that are called odd: twice what an attack of 5 % brings. A larger attack
fills it, which is enough to find the targets by."""
LIFT = 10
"""Honest movies that enough odd profiles like stay below 10 in ml-latest-small and in generated
data, the best known ones below 7 in a bandwagon; targets that few had rated get 12 to 90."""
FEWEST, LEAST_SHARE = 5, 0.005
"""Odd profiles that a target needs, in users and of all: attacks by 1 % of users move hardly any
list, and half of that is enough to find them by."""
SHARED = 3
"""Two movies that few others like can be a taste."""

Indices = NDArray[np.intp]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Reason(StrEnum):
    """Why somebody counts for less."""

    flood = "flood"
    group = "group"


class Suspect(NamedTuple):
    """Who counts for less: row (or id, if told so), why, for how much, and the figures behind."""

    user: int
    reason: Reason
    weight: float
    figures: dict[str, float]


class Screened(NamedTuple):
    """What users count for, float32 (users,) in (0, 1], and who of them is suspicious."""

    weights: NDArray[np.float32]
    suspects: list[Suspect]


def screen(pairs: Pairs, half_stars: NDArray[np.uint8], rated_at_ms: NDArray[np.int64]) -> Screened:
    """What each user counts for in training.

    Args:
        pairs: the ratings' users and movies.
        half_stars: the ratings, 1 to 10, shape (n,).
        rated_at_ms: when, shape (n,).
    """
    users, movies, shape, _ = pairs
    sizes = _sizes(users, shape)
    weights = np.minimum(sizes / RAMP, 1)
    many = sizes[users] > FLOOD
    suspects = [*_floods(users[many], rated_at_ms[many]), *_group(users, movies, half_stars, shape)]
    for one in suspects:
        weights[one.user] = min(weights[one.user], one.weight)
    return Screened(weights.astype(np.float32), suspects)


def _sizes(users: Indices, shape: tuple[int, int]) -> NDArray[np.intp]:
    """How many ratings each user has, at least 1: somebody without any counts as a newcomer."""
    return np.maximum(np.bincount(users, minlength=shape[0]), 1)


def _floods(users: Indices, rated_at_ms: NDArray[np.int64]) -> list[Suspect]:
    """Those with more than FLOOD ratings within some hour."""
    order = np.lexsort((rated_at_ms, users))
    who, when = users[order], rated_at_ms[order]
    fast = (who[FLOOD:] == who[:-FLOOD]) & (when[FLOOD:] - when[:-FLOOD] < HOUR_MS)
    found = []
    for user in np.unique(who[FLOOD:][fast]).tolist():
        mine = when[np.searchsorted(who, user) : np.searchsorted(who, user, "right")]
        most = int((np.searchsorted(mine, mine + HOUR_MS) - np.arange(len(mine))).max())
        figures: dict[str, float] = {"ratings": len(mine), "within an hour": most}
        found.append(Suspect(user, Reason.flood, FLOOD / most, figures))
    return found


def _group(
    users: Indices, movies: Indices, half_stars: NDArray[np.uint8], shape: tuple[int, int]
) -> list[Suspect]:
    """Those who share targets; all of them count as one."""
    familiar = familiarity(users, movies, shape)
    odd = np.zeros(shape[0], np.bool_)
    odd[np.argsort(familiar, kind="stable")[: int(ODD * shape[0])]] = True
    shared = np.zeros(shape[0])
    for said in (half_stars >= LIKE_FROM, half_stars <= DISLIKE_UP_TO):
        aimed_at = attacked_movies(movies[said], odd[users[said]], shape)
        shared = np.maximum(shared, np.bincount(users[said], aimed_at[movies[said]], shape[0]))
    group = np.flatnonzero(shared >= SHARED).tolist()
    return [
        Suspect(
            user,
            Reason.group,
            1 / len(group),
            {"targets": shared[user], "group": len(group), "familiarity": familiar[user]},
        )
        for user in group
    ]


def familiarity(users: Indices, movies: Indices, shape: tuple[int, int]) -> Doubles:
    """How well known a profile's movies are beside those of profiles of its size, shape (users,).

    The mean logarithm of how many users rated each movie, less what a line over the logarithm of
    the profile's size says: the more somebody has rated, the more of it is little known.
    """
    raters = np.bincount(movies, minlength=shape[1])
    sizes = _sizes(users, shape)
    known = np.bincount(users, np.log(raters[movies]), shape[0]) / sizes
    size = _centred(np.log(sizes))
    spread = (size**2).sum()
    slope = (size * known).sum() / spread if spread else 0.0
    beside: Doubles = _centred(known) - slope * size
    return beside


def _centred(values: Doubles) -> Doubles:
    """How far each is from the mean of all."""
    centred: Doubles = values - values.sum() / max(1, len(values))
    return centred


def attacked_movies(movies: Indices, odd: Mask, shape: tuple[int, int]) -> Mask:
    """Movies of which odd profiles say a thing far more often than others let expect.

    Args:
        movies: of which it is said, shape (n,).
        odd: whether by an odd profile, shape (n,).
        shape: how many users and movies there are.

    Returns:
        Whether each movie is a target, shape (movies,).
    """
    by_odd = np.bincount(movies[odd], minlength=shape[1])
    by_others = np.bincount(movies[~odd], minlength=shape[1]) + 1
    expected = by_others / by_others.sum() * by_odd.sum()
    enough = by_odd >= max(FEWEST, LEAST_SHARE * shape[0])
    aimed_at: Mask = enough & (by_odd >= LIFT * expected)
    return aimed_at

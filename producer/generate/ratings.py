"""The ratings of some users: which movies, in which sitting, at which second, how many stars."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from producer.generate.movies import GeneratedMovies
from producer.generate.random_streams import Floats, Ints, bell, mostly_low, odds
from producer.generate.users import LAST_S, SLOTS, People

ROUNDS = 6
DRAWS = 6
"""Draws for each rating that is missing; most are of movies not out yet, or picked already."""
HALF_STARS_FROM_S = 1_045_526_400
"""18 February 2003, when MovieLens began to take half-stars."""
GAP_S = 11
"""The median time between two ratings of a sitting."""
SAME_SECOND = 0.04
"""The share of ratings sent together with the one before, beside those that are just as quick."""

MEAN = 3.4
WHIM = 0.6
BAD_EVENING = 0.4


@dataclass(frozen=True)
class Ratings:
    """Ratings by user and movie, indices both; arrays of shape (n,)."""

    user: Ints
    movie: Ints
    half_stars: Ints
    at_s: Ints


def rate(
    random: np.random.Generator, people: People, movies: GeneratedMovies, count: Ints
) -> Ratings:
    """So many ratings of each user, no movie twice, none before it is out."""
    user, movie, sitting = choose(random, people, movies, count)
    at_s = np.maximum(_times(random, people.started_s, sitting), movies.released_s[movie])
    order = np.argsort(user * len(movies.known) + movie, kind="stable")
    user, movie, at_s = user[order], movie[order], np.minimum(at_s[order], LAST_S)
    halves = (at_s >= HALF_STARS_FROM_S) & ~people.only_whole[user]
    return Ratings(user, movie, _rounded(_stars(random, people, movies, user, movie), halves), at_s)


def choose(
    random: np.random.Generator, people: People, movies: GeneratedMovies, count: Ints
) -> Ints:
    """Distinct pairs of user and movie with the sitting of each, of shape (3, n).

    Movies are drawn by taste and time, and drawn again where somebody has one already; whoever
    still lacks some then, having seen nearly all there is, gets the rest without regard to taste.
    """
    picks = np.empty((3, 0), np.int64)
    missing = count
    for _ in range(ROUNDS):
        new = _draw(random, people, movies, np.repeat(np.arange(len(count)), missing * DRAWS))
        picks = np.concatenate([picks, _wanted(new, picks, missing, len(movies.known))], axis=1)
        missing = count - np.bincount(picks[0], minlength=len(count))
    rest = [
        _rest(random, people, movies, int(user), picks, int(missing[user]))
        for user in np.flatnonzero(missing)
    ]
    return np.concatenate([picks, *rest], axis=1)


def _draw(random: np.random.Generator, people: People, movies: GeneratedMovies, user: Ints) -> Ints:
    """A pick for each of the users, but for those of movies that were not out or of no interest."""
    sitting = people.first[user] + mostly_low(random, people.sittings[user])
    slot = mostly_low(random, np.full(len(user), SLOTS)) + people.shift[sitting]
    movie = movies.pick(people.favourites[user, slot], random)
    taken = random.random(len(user)) < movies.interest(movie, people.started_s[sitting])
    return np.stack([user, movie, sitting])[:, taken]


def _wanted(new: Ints, old: Ints, missing: Ints, movies: int) -> Ints:
    """The first new picks of each user that are not among the old ones, as many as are missing."""
    key = new[0] * movies + new[1]
    first = np.sort(np.unique(key, return_index=True)[1])
    again = old[:2, missing[old[0]] > 0]
    first = first[~np.isin(key[first], again[0] * movies + again[1])]
    many = np.bincount(new[0, first], minlength=len(missing))
    nth = np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many)
    return new[:, first[nth < missing[new[0, first]]]]


def _rest(
    random: np.random.Generator,
    people: People,
    movies: GeneratedMovies,
    user: int,
    picks: Ints,
    missing: int,
) -> Ints:
    """Movies that a user has not picked, those first that are out by the last sitting."""
    last = people.first[user] + people.sittings[user] - 1
    turn = random.random(len(movies.known)) / movies.known
    turn += movies.released_s > people.started_s[last]
    turn[picks[1, picks[0] == user]] = np.inf
    movie = np.sort(np.argpartition(turn, missing - 1)[:missing])
    sitting = people.first[user] + mostly_low(random, np.full(missing, people.sittings[user]))
    sitting = np.where(movies.released_s[movie] > people.started_s[sitting], last, sitting)
    return np.stack([np.full(missing, user), movie, sitting])


def _times(random: np.random.Generator, started_s: Ints, sitting: Ints) -> Ints:
    """Seconds of the picks, which come one after another in their sittings."""
    order = np.argsort(sitting + random.random(len(sitting)), kind="stable")
    gaps = GAP_S * odds(np.maximum(random.random(len(sitting)) - SAME_SECOND, 0), 100)
    passed = np.cumsum(gaps.astype(np.int64))
    begins = np.flatnonzero(np.diff(sitting[order], prepend=-1))
    lengths = np.diff(begins, append=len(sitting))
    at_s = np.empty_like(sitting)
    at_s[order] = started_s[sitting[order]] + passed - np.repeat(passed[begins], lengths)
    return at_s


def _stars(
    random: np.random.Generator, people: People, movies: GeneratedMovies, user: Ints, movie: Ints
) -> Floats:
    """What users think of movies: what can be known of it, a whim, and at times a bad evening."""
    stars = MEAN + people.bias[user] + movies.quality[movie]
    stars += people.liking[user, movies.main[movie]] + people.liking[user, movies.second[movie]] / 2
    stars += WHIM * bell(random, len(user))
    return stars - BAD_EVENING * odds(random.random(len(user)), 8)


def _rounded(stars: Floats, halves: NDArray[np.bool_]) -> Ints:
    """Stars as half-stars from 1 to 10, and where halves are not given, as whole ones."""
    nearest = np.where(halves, np.floor(2 * stars + 0.5), 2 * np.floor(stars + 0.5))
    return np.clip(nearest, np.where(halves, 1, 2), 10).astype(np.int64)

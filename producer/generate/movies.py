"""The movies: how known, how good, of which tastes, and out since when."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from producer.generate.random_streams import Floats, Ints, bell, below, cube, mostly_low
from producer.generate.titles_and_genres import TASTES, genres, title

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
YEARS = (1915, 1954, 1988, 1999, 2007, 2015, 2020)
"""These shares of the movies came out between these years, about as in MovieLens."""
PEAK_YEAR, AGEING_YEARS = 1997, 100
"""The best known movies came out about then, the least known ones so much before or after."""
HALF_YEAR_S = 181 * 86_400
NOVELTY_S = 3 * 31_556_952
"""The age at which a movie has lost half of what it will lose."""
UNLISTED = 0.02
"""The share of movies whose genres are not told."""

HEAD, TAIL = 15, 12_000
"""Ranks from which a movie is less known, hyperbolically, and from which much less."""
GRAIN = 2**30
OWN, SECOND, STRANGE = 60, 20, 1
"""How much a taste takes to movies of which it is the main one, the second one, or neither."""


@dataclass(frozen=True)
class GeneratedMovies:
    """Movies by index, in arrays of shape (m,); `reach` has (tastes * m,).

    `known` is how likely a movie is met, `lasting` the share of its interest that stays when it is
    old, `quality` the stars that it gets above the mean, and `reach` the cumulative chances of all
    movies for the first taste, then for the second, and so on.
    """

    year: Ints
    released_s: Ints
    known: Ints
    lasting: Floats
    quality: Floats
    main: Ints
    second: Ints
    reach: Ints

    def pick(self, taste: Ints, random: np.random.Generator) -> Ints:
        """A movie for each of the tastes: the better known, and the closer, the likelier."""
        size = len(self.known)
        ends = np.concatenate([[0], self.reach[size - 1 :: size]])
        point = ends[taste] + below(random, np.diff(ends)[taste])
        return np.searchsorted(self.reach, point, side="right") - taste * size

    def interest(self, movie: Ints, at_s: Ints) -> Floats:
        """How likely each movie is taken when it is met: 1 when it is new, 0 before it is out."""
        age_s = at_s - self.released_s[movie]
        lasting = self.lasting[movie]
        faded = lasting + (1 - lasting) / (1 + np.abs(age_s) / NOVELTY_S)
        return np.where(age_s < 0, 0, faded)


def make_movies(random: np.random.Generator, size: int) -> GeneratedMovies:
    """So many movies."""
    year = _years(random, size)
    released_s = _january_s(year) + below(random, np.full(size, HALF_YEAR_S))
    ageing = random.random(size) + np.abs(year - PEAK_YEAR) / AGEING_YEARS
    rank = np.argsort(np.argsort(ageing, kind="stable"))
    head = min(HEAD, size / 20)
    known = (GRAIN / ((1 + rank / head) * cube(1 + rank / TAIL))).astype(np.int64) + 1
    lasting = random.random(size)
    quality = 0.35 * bell(random, size) + 0.9 * (0.75 - np.sqrt(np.sqrt(rank / size)))
    main, second = (mostly_low(random, np.full(size, len(TASTES))) for _ in range(2))
    reach = np.cumsum(_affinity(main, second) * known)
    return GeneratedMovies(year, released_s, known, lasting * lasting, quality, main, second, reach)


def rows(movies: GeneratedMovies, random: np.random.Generator) -> Iterator[tuple[int, str, str]]:
    """The lines of `movies.csv`: id, title with its year, genres."""
    size = len(movies.year)
    breadth = np.where(random.random(size) < UNLISTED, 0, 1 + below(random, np.full(size, 3)))
    facts = np.column_stack([movies.year, movies.main, movies.second, breadth]).tolist()
    for index, (year, main, second, wide) in enumerate(facts):
        yield index + 1, f"{title(index)} ({year})", genres(main, second, wide)


def _years(random: np.random.Generator, size: int) -> Ints:
    span = np.searchsorted(SHARES, random.random(size), side="right")
    return np.array(YEARS)[span] + below(random, np.diff(YEARS)[span])


def _january_s(year: Ints) -> Ints:
    return (year - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)


def _affinity(main: Ints, second: Ints) -> Ints:
    """What each taste takes to each movie, of shape (tastes, m)."""
    taste = np.arange(len(TASTES))[:, None]
    return np.where(taste == main, OWN, np.where(taste == second, SECOND, STRANGE))

"""Similar movies: by the ranking's factors where enough people rated them, else by content."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.bulk_top_n import top_lists
from recommender.fold_in import ENOUGH_RATINGS
from recommender.numba_kernels import NOBODY

Floats = NDArray[np.float32]
Lists = tuple[NDArray[np.int32], Floats]

MOST_TERMS = 500
"""Tags that are told apart, the most used first."""
YEARS_APART = 5
"""Years after which two movies are no longer of one time."""
YEAR_WEIGHT = 0.5
"""A movie's time beside a genre that one movie in e has."""


@dataclass(frozen=True)
class Content:
    """What is known of movies besides ratings, one entry a movie; None for what is unknown.

    Attributes:
        genres: as MovieLens has them.
        tags: that people gave them.
        years: that they came out in.
        languages: that they were made in.
    """

    genres: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]]
    years: Sequence[int | None]
    languages: Sequence[str | None]

    @classmethod
    def unknown(cls, count: int) -> "Content":
        """Of so many movies that nobody has described."""
        return cls([()] * count, [()] * count, [None] * count, [None] * count)


def similar(factors: Floats, ratings: NDArray[np.int32], content: Content, limit: int) -> Lists:
    """Each movie's most similar others, most similar first.

    Those with ENOUGH_RATINGS have others like them, by the cosine of their factors; the rest have
    any, by the cosine of their content.

    Args:
        factors: of the ranking, shape (movies, rank).
        ratings: how many each movie has, shape (movies,).
        content: of the movies.
        limit: at most so many each.

    Returns:
        Movies, int32 (movies, limit), -1 where there are fewer, and cosines, float32.
    """
    known = np.flatnonzero((ratings >= ENOUGH_RATINGS) & factors.any(1))
    movies, values = _nearest(unit(content_vectors(content)), limit)
    near, cosines = _nearest(unit(factors[known]), limit)
    movies[known] = np.where(near >= 0, known[near], NOBODY)
    values[known] = cosines
    return movies, values


def content_vectors(content: Content) -> Floats:
    """Genres and tags by how rare they are, and the time, shape (movies, terms).

    Source: inverse document frequency, Spärck Jones 1972; a year is split between the two nearest
    of points YEARS_APART apart, so that movies of neighbouring years are alike.
    """
    genres = _rare(content.genres, MOST_TERMS)
    tags = _rare([[tag.casefold() for tag in some] for some in content.tags], MOST_TERMS)
    return np.hstack([genres, tags, _times(content.years)])


def unit(vectors: Floats) -> Floats:
    """The vectors at length 1; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _nearest(vectors: Floats, limit: int) -> Lists:
    """Each row's others by their dot product; those alike at all, the row itself left out."""
    count = len(vectors)
    blocks = list(
        top_lists(
            vectors,
            np.ascontiguousarray(vectors.T),
            np.arange(count + 1),
            np.arange(count, dtype=np.int32),
            limit,
        )
    )
    if not blocks:
        return np.empty((0, limit), np.int32), np.empty((0, limit), np.float32)
    movies, values = (np.vstack(part) for part in zip(*blocks, strict=True))
    return np.where(values > 0, movies, NOBODY), values


def _rare(terms: Sequence[Sequence[str]], most: int) -> Floats:
    """One column for each of the most used terms: log(movies / movies that have it)."""
    every, at = np.unique([t for some in terms for t in set(some)], return_inverse=True)
    rows = np.repeat(np.arange(len(terms)), [len(set(some)) for some in terms])
    used = np.bincount(at, minlength=len(every))
    kept = np.argsort(-used, kind="stable")[:most]
    column = np.full(len(every), -1)
    column[kept] = np.arange(len(kept))
    vectors = np.zeros((len(terms), len(kept)), np.float32)
    said = column[at] >= 0
    vectors[rows[said], column[at][said]] = np.log(len(terms) / used[at][said])
    return vectors


def _times(years: Sequence[int | None]) -> Floats:
    """The time of each movie, at most YEAR_WEIGHT in two neighbouring columns."""
    known = np.array([n for n, year in enumerate(years) if year is not None], np.intp)
    if not len(known):
        return np.zeros((len(years), 0), np.float32)
    at = np.array([year for year in years if year is not None], np.float64) / YEARS_APART
    at -= np.floor(at.min())
    first = np.floor(at).astype(np.intp)
    vectors = np.zeros((len(years), int(first.max()) + 2), np.float32)
    vectors[known, first] = YEAR_WEIGHT * (1 - (at - first))
    vectors[known, first + 1] = YEAR_WEIGHT * (at - first)
    return vectors

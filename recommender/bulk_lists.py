"""Many people's lists at once: what batch publishes, and what the speed layer keeps."""

from collections.abc import Collection, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.histories import DISMISSED, RETRACTED, Entry, History
from recommender.bulk_top_n import top_lists
from recommender.content_agreement import common_content
from recommender.fold_in import NOTHING, Doubles, Floats, Folder, Ranked
from recommender.numba_kernels import Rows, conjugate_gradient
from recommender.popularity_prior import weight

AT_ONCE = 500
"""People whose vectors, masks and lists are held at a time."""
STEPS = 400
"""Conjugate gradient steps at most: some twenty are enough, but for odd hyper-parameters."""

STATE = itemgetter(Entry._fields.index("state"))

Indices = NDArray[np.intp]
States = NDArray[np.uint8]


class HistoryBatch(NamedTuple):
    """Histories, one person's after another's.

    Attributes:
        starts: where each begins, and the end of the last, shape (people + 1,).
        movies: int32, shape (n,).
        states: uint8, shape (n,): half-stars, RETRACTED or DISMISSED.
    """

    starts: Indices
    movies: NDArray[np.int32]
    states: States

    @classmethod
    def of(cls, people: Collection[History]) -> "HistoryBatch":
        """What these people say."""
        starts = np.cumsum([0, *(len(one.entries) for one in people)])
        movies = chain.from_iterable(one.entries for one in people)
        entries = chain.from_iterable(one.entries.values() for one in people)
        states = map(STATE, entries)
        count = int(starts[-1])
        return cls(
            starts, np.fromiter(movies, np.int32, count), np.fromiter(states, np.uint8, count)
        )


class RatedBatch(NamedTuple):
    """The ratings of some people, one person's after another's, of movies that the model has.

    Attributes:
        starts: where each person's begin, and the end of the last, shape (people + 1,).
        rows: the movies' rows in the model, int32, shape (n,).
        half_stars: shape (n,).
    """

    starts: Indices
    rows: NDArray[np.int32]
    half_stars: States

    def sums(self, values: NDArray[Any]) -> Doubles:
        """Each person's sum of values that are of shape (n,)."""
        upto = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        return np.diff(upto[self.starts])


def ranked_lists(folder: Folder, batch: HistoryBatch, limit: int) -> Iterator[Ranked]:
    """Each person's list, as `Folder.ranked` makes it but for the rounding of a score."""
    rows, known = folder.rows_of(batch.movies)
    states = np.where(known, batch.states, np.uint8(RETRACTED))
    for first in range(0, len(batch.starts) - 1, AT_ONCE):
        starts = batch.starts[first : first + AT_ONCE + 1]
        span = slice(starts[0], starts[-1])
        yield from _block(folder, starts - starts[0], rows[span], states[span], limit)


def _block(
    folder: Folder, starts: Indices, rows: Indices, states: States, limit: int
) -> Iterator[Ranked]:
    stands = (states != RETRACTED) & (states != DISMISSED)
    given = RatedBatch(_starts(starts, stands), rows[stands].astype(np.int32), states[stands])
    likes, vectors = _tastes(folder, given)
    able = np.flatnonzero(likes)
    if not len(able):
        yield from [NOTHING] * len(likes)
        return
    masked = (states != RETRACTED) & np.repeat(likes > 0, np.diff(starts))
    masks = _starts(starts, masked)
    weights = folder.model.parameters.prior_weights
    betas = np.array([weight(int(count), weights) for count in likes[able]], np.float32)
    blocks = top_lists(
        np.column_stack([vectors[able], betas]),
        folder.columns,
        np.append(masks[able], masks[-1]),
        rows[masked].astype(np.int32),
        limit,
    )
    best, scores = (np.vstack(part) for part in zip(*blocks, strict=True))
    best = best.astype(np.intp)
    movies = folder.model.movies[best].astype(np.uint32)
    stars = _stars(folder, given, able, best)
    lengths = (best >= 0).sum(axis=1).tolist()
    made = {
        person: Ranked(movies[row, :length], scores[row, :length], stars[row, :length])
        for row, (person, length) in enumerate(zip(able.tolist(), lengths, strict=True))
    }
    yield from (made.get(person, NOTHING) for person in range(len(likes)))


def _tastes(folder: Folder, given: RatedBatch) -> tuple[Doubles, Floats]:
    """How many likes each person has, and the ranking's vectors; zeros without a like."""
    wanted = folder.wanted(given.half_stars)
    said, likes = wanted != 0, given.sums(wanted > 0)
    ratings = Rows(
        _starts(given.starts, said),
        given.rows[said],
        np.abs(wanted[said]),
        folder.targets(wanted[said]).astype(np.float32),
        folder.ridge(likes).astype(np.float32),
    )
    vectors = _solved(ratings, folder.model.factors, folder.gram.astype(np.float32))
    if agreement := folder.model.parameters.content_agreement:
        liked = wanted > 0
        common = common_content(folder.content, _starts(given.starts, liked), given.rows[liked])
        vectors[:, folder.model.parameters.rank :] += agreement * common
    return likes, vectors


def _stars(folder: Folder, given: RatedBatch, people: Indices, best: Indices) -> States:
    """Predicted stars times ten of these people's best movies, shape of `best`."""
    model, counts = folder.model, np.diff(given.starts)
    above = given.sums(folder.above_mean(given.rows.astype(np.intp), given.half_stars))
    means = folder.mean_of(above, counts.astype(np.float64))
    residual = given.half_stars - model.biases[given.rows] - np.repeat(means, counts)
    ratings = Rows(
        given.starts,
        given.rows,
        np.ones(len(residual), np.float32),
        residual.astype(np.float32),
        folder.star_ridge(counts.astype(np.float64)).astype(np.float32),
    )
    nothing = np.zeros((model.factors.shape[1],) * 2, np.float32)
    vectors = _solved(ratings, model.factors, nothing)[people]
    half = np.einsum("plr,pr->pl", model.factors[best], vectors)
    return folder.in_stars(half + model.biases[best] + means[people, None], best)


def _solved(ratings: Rows, fixed: Floats, gram: Floats) -> Floats:
    people = len(ratings.ridge)
    vectors = np.zeros((people, fixed.shape[1]), np.float32)
    conjugate_gradient(ratings, fixed, gram, vectors, (0, people), STEPS)
    return vectors


def _starts(starts: Indices, kept: NDArray[np.bool_]) -> Indices:
    """Where each person's begin once only these are left."""
    return np.concatenate([[0], np.cumsum(kept)])[starts]

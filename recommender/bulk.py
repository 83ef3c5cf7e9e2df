"""Many users' lists at once: what batch publishes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contracts.histories import DISMISSED, RETRACTED
from recommender.folding import NOTHING, Folder, Ranked
from recommender.toplists import top_lists

AT_ONCE = 1_000
"""Users whose vectors and masks are held at a time."""


class Sayings(NamedTuple):
    """Histories, one person's after another's.

    Attributes:
        starts: where each begins, and the end of the last, shape (people + 1,).
        movies: int32, shape (n,).
        states: uint8, shape (n,): half-stars, RETRACTED or DISMISSED.
    """

    starts: NDArray[np.intp]
    movies: NDArray[np.int32]
    states: NDArray[np.uint8]


def ranked_lists(folder: Folder, sayings: Sayings, limit: int) -> Iterator[Ranked]:
    """Each person's list, as `Folder.ranked` makes it but for the rounding of a score."""
    rows, known = folder.rows_of(sayings.movies)
    states = np.where(known, sayings.states, np.uint8(RETRACTED))
    for first in range(0, len(sayings.starts) - 1, AT_ONCE):
        spans = list(pairwise(sayings.starts[first : first + AT_ONCE + 1].tolist()))
        yield from _block(folder, rows, states, spans, limit)


def _block(
    folder: Folder,
    rows: NDArray[np.intp],
    states: NDArray[np.uint8],
    spans: list[tuple[int, int]],
    limit: int,
) -> Iterator[Ranked]:
    said = [_rated(rows[a:b], states[a:b]) for a, b in spans]
    vectors = [folder.vector(*one) for one in said]
    able = [n for n, vector in enumerate(vectors) if vector is not None]
    if not able:
        yield from [NOTHING] * len(spans)
        return
    masked = [rows[a:b][states[a:b] != RETRACTED] for a, b in (spans[n] for n in able)]
    blocks = top_lists(
        np.stack([vector for vector in vectors if vector is not None]),
        folder.model.factors,
        folder.model.prior,
        np.array([folder.beta(said[n][1]) for n in able], np.float32),
        np.cumsum([0, *map(len, masked)]),
        np.concatenate(masked).astype(np.int32),
        limit,
    )
    best = (row for found, values in blocks for row in zip(found, values, strict=True))
    made = {n: folder.told(*said[n], *row) for n, row in zip(able, best, strict=True)}
    yield from (made.get(n, NOTHING) for n in range(len(spans)))


def _rated(
    rows: NDArray[np.intp], states: NDArray[np.uint8]
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """What of it is a rating."""
    stands = (states != RETRACTED) & (states != DISMISSED)
    return rows[stands], states[stands]

"""The loops that NumPy cannot express, compiled by numba: row after row, without the GIL."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[Any]

NOBODY = -1
"""Where a row has fewer candidates than were asked for."""
TINY = np.float32(1e-12)
"""A squared residual that no further step would improve."""
SOLVED = np.float32(1e-12)
"""Likewise, of what it was at first."""
BLOCKS = 4
"""So many for each rank of a list are looked at as a whole: most hold nothing good enough."""


class Rows(NamedTuple):
    """One side's observed pairs, row by row (CSR).

    Attributes:
        starts: int64 (rows + 1,), where each row's entries begin.
        columns: int32 (n,), the other side of each entry.
        weights: float32 (n,).
        targets: float32 (n,).
        ridge: float32 (rows,).
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    weights: Floats
    targets: Floats
    ridge: Floats


_sums = njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
_exact = njit(nogil=True, fastmath={"nnan", "nsz", "reassoc"}, cache=True)
"""Infinity keeps its meaning: it is what masks."""


@_sums
def _dot(a: Floats, b: Floats) -> np.float32:
    total = np.float32(0)
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@_sums
def _add(to: Floats, factor: np.float32, what: Floats) -> None:
    for i in range(len(to)):
        to[i] += factor * what[i]


@_sums
def _dense(gram: Floats, ridge: np.float32, vector: Floats, out: Floats) -> None:
    """Out = (gram + ridge·I) vector."""
    for i in range(len(vector)):
        out[i] = _dot(gram[i], vector) + ridge * vector[i]


@_sums
def conjugate_gradient(
    rows: Rows, fixed: Floats, gram: Floats, solved: Floats, span: tuple[int, int], steps: int
) -> None:
    """Improve the rows of a span of `solved` by so many conjugate gradient steps at most.

    Row r solves (gram + Σ weight·yyᵀ + ridge[r]·I) x = Σ pull·y over its observed columns, where y
    is the column's row of `fixed`. The matrix is never formed. A row without columns becomes 0.
    Source: Takács, Pilászy and Tikk 2011, "Applications of the conjugate gradient method for
    implicit feedback collaborative filtering".
    """
    starts, columns, weights, targets, ridge = rows
    rank = fixed.shape[1]
    residual = np.empty(rank, np.float32)
    direction = np.empty(rank, np.float32)
    product = np.empty(rank, np.float32)
    for row in range(span[0], span[1]):
        begin, end = starts[row], starts[row + 1]
        x = solved[row]
        if begin == end:
            x[:] = 0
            continue
        _dense(gram, ridge[row], x, residual)
        for i in range(rank):
            residual[i] = -residual[i]
        for entry in range(begin, end):
            y = fixed[columns[entry]]
            _add(residual, targets[entry] - weights[entry] * _dot(y, x), y)
        direction[:] = residual
        squared = _dot(residual, residual)
        enough = max(TINY, SOLVED * squared)
        for _ in range(steps):
            if squared < enough:
                break
            _dense(gram, ridge[row], direction, product)
            for entry in range(begin, end):
                y = fixed[columns[entry]]
                _add(product, weights[entry] * _dot(y, direction), y)
            length = squared / _dot(direction, product)
            _add(x, length, direction)
            _add(residual, -length, product)
            before, squared = squared, _dot(residual, residual)
            for i in range(rank):
                direction[i] = residual[i] + squared / before * direction[i]


@_sums
def row_sums(
    starts: NDArray[np.int64], columns: NDArray[np.int32], fixed: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum of the vectors of each row's columns (CSR), and of their squared lengths.

    In double precision: thousands of equal numbers are added, whose rounding would add up.

    Args:
        starts: where each row's columns begin, shape (rows + 1,).
        columns: rows of `fixed`, shape (starts[-1],).
        fixed: shape (n, rank).

    Returns:
        Shapes (rows, rank) and (rows,), float64.
    """
    sums = np.zeros((len(starts) - 1, fixed.shape[1]), np.float64)
    lengths = np.zeros(len(sums), np.float64)
    for row in range(len(sums)):
        for entry in range(starts[row], starts[row + 1]):
            y = fixed[columns[entry]]
            for i in range(len(y)):
                value = np.float64(y[i])
                sums[row, i] += value
                lengths[row] += value * value
    return sums, lengths


@_exact
def best_of_rows(
    scores: Floats, starts: Ints, masked: Ints, movies: NDArray[np.int32], values: Floats
) -> None:
    """Fill `movies` and `values` with each row's highest open scores, highest first.

    Equal scores go by smaller index; rows end in NOBODY where fewer are open. Scores of masked
    columns are overwritten with -inf.

    Args:
        scores: shape (rows, n), finite.
        starts: where each row's masked columns begin, shape (rows + 1,).
        masked: columns, shape (starts[-1],).
        movies: shape (rows, limit), limit at least 1.
        values: shape (rows, limit).
    """
    for row in range(len(scores)):
        line = scores[row]
        for entry in range(starts[row], starts[row + 1]):
            line[masked[entry]] = -np.inf
        _select(line, movies[row], values[row])


@_exact
def _select(line: Floats, movies: NDArray[np.int32], values: Floats) -> None:
    """A row's best: only what reaches a floor is sorted, which is little.

    The floor is reached in as many blocks as there are ranks, so nothing below it is among them.
    """
    limit = len(movies)
    width = max(1, len(line) // (BLOCKS * limit))
    highest, floor = _highest(line, width), np.float32(-np.inf)
    if len(highest) > limit:
        floor = np.partition(highest, len(highest) - limit)[len(highest) - limit]
    good, count = np.empty(len(line), np.int32), 0
    for block in range(len(highest)):
        if highest[block] >= floor:
            for i in range(block * width, min((block + 1) * width, len(line))):
                if line[i] >= floor and line[i] > -np.inf:
                    good[count] = i
                    count += 1
    order = np.argsort(-line[good[:count]], kind="mergesort")[:limit]  # stable
    movies[:], values[:] = NOBODY, -np.inf
    for slot in range(len(order)):
        movies[slot] = good[order[slot]]
        values[slot] = line[movies[slot]]


@_exact
def _highest(line: Floats, width: int) -> Floats:
    """The highest score of each block of so many."""
    found = np.empty(-(-len(line) // width), np.float32)
    for block in range(len(found)):
        highest = line[block * width]
        for i in range(block * width + 1, min((block + 1) * width, len(line))):
            highest = max(highest, line[i])
        found[block] = highest
    return found

"""Alternating least squares for implicit feedback, dislikes among it.

Over user vectors x and movie vectors y it minimises

    Σ_observed (weight·(x·y)² - 2·pull·(x·y)) + unobserved·Σ_all (x·y)² + Σ ridge·(‖x‖² + ‖y‖²)

A like has weight 1 and pull 1 + unobserved, a dislike pull 0. Ridges grow with how often a user or
movie occurs. A user may count for less than one: all of that user's terms are scaled, the ridge
too, so that the own vector stays what it is and only the movies' vectors follow the user less.
Sources: Hu, Koren and Volinsky 2008; Zhou et al. 2008 (ALS-WR, the ridge); Rendle et al. 2021 (the
unobserved weight).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.numba_kernels import Rows, conjugate_gradient
from recommender.preference import preference
from recommender.ratings import Pairs

STEPS = 3
"""Conjugate gradient steps of a half-iteration: it goes on where the last one ended."""
SPREAD = 0.1
"""Length of a random vector, about."""
PIECES = 16
"""Pieces of work for each thread: rows differ in what they cost."""

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Problem:
    """What is to be minimised: both sides' observed pairs, every pair's weight, every user's."""

    by_user: Rows
    by_movie: Rows
    unobserved: float
    weights: Floats


@dataclass(frozen=True)
class Factors:
    """User vectors, float32 (users, rank), and movie vectors, float32 (movies, rank)."""

    users: Floats
    movies: Floats


@dataclass(frozen=True)
class Weighing:
    """How the ranking weighs what it is held to.

    Attributes:
        dislike: a dislike to 0, beside 1 for a like.
        unobserved: every pair to 0.
        regularisation: a vector to 0, for each like.
        base_likes: that are counted beside the real ones.
    """

    dislike: float
    unobserved: float
    regularisation: float
    base_likes: float


def likes(pairs: Pairs, half_stars: NDArray[np.uint8], weighing: Weighing) -> Problem:
    """The ranking: which movies a user will like.

    Args:
        pairs: the ratings' users and movies.
        half_stars: the ratings, shape (n,).
        weighing: how hard each kind of pair is held to its target.
    """
    wanted = preference(half_stars, weighing.dislike)
    said = np.flatnonzero(wanted)
    pairs, wanted = pairs.where(said), wanted[said]
    targets = np.where(wanted > 0, np.float32(1 + weighing.unobserved), np.float32(0))
    entries = _Entries(pairs.users, pairs.movies, np.abs(wanted), targets)
    liked = pairs.where(wanted > 0)

    def ridges(rows: Indices, each: Floats | None, count: int) -> Floats:
        often = np.bincount(rows, each, count) + weighing.base_likes
        ridge: Floats = weighing.regularisation * np.maximum(often, 1).astype(np.float32)
        return ridge

    both = (
        ridges(liked.users, None, pairs.shape[0]),
        ridges(liked.movies, pairs.weights[liked.users], pairs.shape[1]),
    )
    return _problem(entries, both, weighing.unobserved, pairs.weights)


def fit(
    problem: Problem,
    rank: int,
    iterations: int,
    seed: int,
    threads: int,
    start: Floats | None = None,
) -> Factors:
    """Solve for users and movies in turns; the same bits for the same seed and input.

    Args:
        problem: what is to be minimised.
        rank: length of a vector.
        iterations: half-iterations of each side.
        seed: of the first movie vectors.
        threads: that share a half-iteration; they change nothing but its duration.
        start: movie vectors to begin with, shape (movies, rank): a warm start.
    """
    sides = len(problem.by_user.ridge), len(problem.by_movie.ridge)
    users = np.zeros((sides[0], rank), np.float32)
    movies = random_vectors(sides[1], rank, seed) if start is None else start.copy()
    loudness = np.sqrt(problem.weights)[:, None]
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(iterations):
            before = gram(movies, problem.unobserved)
            half_step(problem.by_user, movies, before, users, pool, threads)
            before = gram(loudness * users, problem.unobserved)
            half_step(problem.by_movie, users, before, movies, pool, threads)
    return Factors(users, movies)


def random_vectors(count: int, rank: int, seed: int) -> Floats:
    """Where a fit begins, shape (count, rank)."""
    spread = SPREAD / np.sqrt(rank)
    return np.random.default_rng(seed).normal(0, spread, (count, rank)).astype(np.float32)


def gram(vectors: Floats, unobserved: float) -> Floats:
    """What all pairs with these vectors add to everybody's normal equations, (rank, rank)."""
    every: Floats = np.float32(unobserved) * (vectors.T @ vectors)
    return every


def half_step(
    rows: Rows,
    fixed: Floats,
    before: Floats,
    solved: Floats,
    pool: ThreadPoolExecutor,
    threads: int,
    steps: int = STEPS,
) -> None:
    """Improve one side's vectors, in place, while the other's are fixed.

    Args:
        rows: observed pairs of the side to solve.
        fixed: vectors of the other side.
        before: their `gram`.
        solved: the side's vectors, shape (rows, rank).
        pool: works.
        threads: how many of it.
        steps: conjugate gradient steps.
    """
    pieces = _pieces(rows.starts, threads * PIECES)
    work = (
        pool.submit(conjugate_gradient, rows, fixed, before, solved, piece, steps)
        for piece in pieces
    )
    done = list(work)
    for one in done:
        one.result()


def _pieces(starts: NDArray[np.int64], count: int) -> Iterator[tuple[int, int]]:
    """Row ranges with about equally many entries, empty ones left out."""
    wanted = np.linspace(0, starts[-1], count + 1)[1:-1]
    cuts = [0, *np.searchsorted(starts, wanted).tolist(), len(starts) - 1]
    return ((a, b) for a, b in pairwise(cuts) if a < b)


class _Entries(NamedTuple):
    """Observed pairs: the weight of each, and its target times all that holds it there."""

    users: Indices
    movies: Indices
    weights: Floats
    targets: Floats


def _problem(
    entries: _Entries, ridges: tuple[Floats, Floats], unobserved: float, weights: Floats
) -> Problem:
    """The entries, sorted for both sides; movies see each as its user's weight scales it."""
    each = weights[entries.users]
    flipped = _Entries(
        entries.movies, entries.users, each * entries.weights, each * entries.targets
    )
    both = _rows(entries, ridges[0]), _rows(flipped, ridges[1])
    return Problem(*both, unobserved, weights)


def _rows(entries: _Entries, ridge: Floats) -> Rows:
    """The entries by their first side, that of the ridge."""
    rows, others, weights, targets = entries
    order = np.argsort(rows, kind="stable")
    starts = np.zeros(len(ridge) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(ridge)), out=starts[1:])
    return Rows(starts, others[order].astype(np.int32), weights[order], targets[order], ridge)

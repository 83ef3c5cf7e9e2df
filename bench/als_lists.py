"""Top-N for `bench.als`: compared with MLlib's, and for growing numbers of users."""

import statistics
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import als_mllib_process
from bench.als_beside_implicit import ours
from bench.als_data import SEED, Ratings
from bench.benchmark_report import Figure, at_least, at_most
from bench.cpu_timer import Cost, Since
from bench.generate import SHAPE
from recommender import als
from recommender.bulk_top_n import top_lists

LIMIT, QUICK_LIMIT = 100, 10
LISTS_RATIO, FLAT_RATIO = 10, 1.1
FLAT_RANK, MASKED = 64, 75
FEW_USERS, MANY_USERS, QUICK_USERS = 10_000, 200_000, 20_000


def beside_mllib(
    mllib: Executor, data: Path, ratings: Ratings, rank: int, limit: int, rounds: int
) -> list[Figure]:
    """Everybody's best movies that they have not rated, ours and MLlib's in turns."""
    factors = ours(ratings.problem(), rank, 1).factors
    more = len(ratings.users) // ratings.sides[0]
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(masked(factors, ratings, limit).per_cpu_s)
        theirs.append(mllib.submit(als_mllib_process.lists, data, rank, limit, more).result())
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    name = f"lists of {limit}, rank {rank}"
    return [
        *(Figure(f"{name}, {side}, scores a CPU-second", round(statistics.median(some)), "1/s", "",
                 None) for side, some in (("ours", mine), ("MLlib", theirs))),
        at_least(f"{name}, ours / MLlib", round(ratio, 1), "", LISTS_RATIO),
    ]  # fmt: skip


def masked(factors: als.Factors, ratings: Ratings, limit: int) -> Cost:
    """What lists cost a score, sorting the rated movies by user included."""
    began = Since()
    order = np.argsort(ratings.users, kind="stable")
    starts = np.zeros(len(factors.users) + 1, np.int64)
    np.cumsum(np.bincount(ratings.users, minlength=len(factors.users)), out=starts[1:])
    take(factors, starts, ratings.movies[order].astype(np.int32), limit)
    return began.cost(len(factors.users) * len(factors.movies))


def take(
    factors: als.Factors, starts: NDArray[np.int64], rated: NDArray[np.int32], limit: int
) -> None:
    """All lists, a block at a time."""
    columns = np.ascontiguousarray(factors.movies.T)
    for _ in top_lists(factors.users, columns, starts, rated, limit):
        pass


def flatness(quick: bool, rounds: int) -> list[Figure]:
    """What lists cost a user, of few users and of many."""
    few, many = FEW_USERS, QUICK_USERS if quick else MANY_USERS
    pairs = [(of_random(few).us, of_random(many).us) for _ in range(rounds)]
    costs = {few: [one for one, _ in pairs], many: [one for _, one in pairs]}
    ratio = statistics.median(b / a for a, b in pairs)
    name = f"lists of {LIMIT}, {SHAPE.movies} movies, rank {FLAT_RANK}"
    return [
        *(Figure(f"{name}, {users} users, CPU a user", round(statistics.median(some), 1), "µs", "",
                 None) for users, some in costs.items()),
        at_most(f"{name}, {many} users / {few}, CPU a user", round(ratio, 3), "", FLAT_RATIO),
    ]  # fmt: skip


def of_random(users: int) -> Cost:
    """What lists cost random users with some movies masked."""
    random = np.random.default_rng(SEED)
    sides = users, SHAPE.movies
    vectors = [random.standard_normal((count, FLAT_RANK), np.float32) for count in sides]
    rated = random.integers(0, SHAPE.movies, users * MASKED, np.int32)
    starts = np.arange(users + 1) * MASKED
    began = Since()
    take(als.Factors(*vectors), starts, rated, LIMIT)
    return began.cost(users)

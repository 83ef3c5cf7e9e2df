"""Our kernel and implicit's for `bench.als`: fits in this process, and their cost."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

from bench.als_data import SEED, WEIGHING, Fitted, Ratings
from bench.cpu_timer import Since
from recommender import als
from recommender.bulk_top_n import top_lists
from recommender.numba_kernels import Rows
from recommender.ratings import Pairs

THREADS = 2
RIDGE = 10.0
"""Of every vector, where implicit is beside us: its ridge does not grow with likes."""


def ours(
    problem: als.Problem, rank: int, iterations: int, start: als.Floats | None = None
) -> Fitted:
    """A fit by our kernel."""
    began = Since()
    factors = als.fit(problem, rank, iterations, SEED, THREADS, start)
    return Fitted(began.cost(1).cpu_s, factors)


def warm_start(ratings: Ratings, start: als.Floats, iterations: int) -> Fitted:
    """A fit from an older one's movie vectors, sorting the ratings included."""
    began = Since()
    factors = als.fit(ratings.problem(), start.shape[1], iterations, SEED, THREADS, start)
    return Fitted(began.cost(1).cpu_s, factors)


def implicit(matrix: csr_matrix, rank: int, iterations: int) -> Fitted:
    """A fit by implicit, from where ours begins."""
    model = AlternatingLeastSquares(
        factors=rank,
        regularization=RIDGE / WEIGHING.unobserved,
        iterations=iterations,
        num_threads=THREADS,
    )
    model.user_factors = np.zeros((matrix.shape[0], rank), np.float32)
    model.item_factors = als.random_vectors(matrix.shape[1], rank, SEED)
    began = Since()
    model.fit(matrix, show_progress=False)
    factors = als.Factors(model.user_factors, model.item_factors)
    return Fitted(began.cost(1).cpu_s, factors)


def equal_ridges(problem: als.Problem) -> als.Problem:
    """The same problem with the same ridge for all vectors."""

    def of(rows: Rows) -> Rows:
        return rows._replace(ridge=np.full_like(rows.ridge, RIDGE))

    return als.Problem(
        of(problem.by_user), of(problem.by_movie), problem.unobserved, problem.weights
    )


def confidences(problem: als.Problem) -> csr_matrix:
    """The same problem as implicit takes it: a positive confidence wants 1, a negative one 0.

    It holds unobserved pairs with weight 1, so that all weights, and its ridge, are ours over the
    unobserved weight.
    """
    rows = problem.by_user
    confidence = 1 + rows.weights / np.float32(problem.unobserved)
    signed = np.where(rows.targets > 0, confidence, -confidence)
    shape = len(rows.ridge), len(problem.by_movie.ridge)
    return csr_matrix((signed, rows.columns, rows.starts), shape=shape)


def compile_kernels() -> None:
    """Have numba compile, or load, what is measured later."""
    one, half_stars = np.zeros(1, np.intp), np.full(1, 10, np.uint8)
    fitted = als.fit(
        als.likes(Pairs.alike(one, one, (1, 1)), half_stars, WEIGHING), 4, 1, SEED, THREADS
    )
    nothing = np.zeros(2, np.int64), np.zeros(0, np.int32)
    list(top_lists(fitted.users, fitted.movies.T, *nothing, 1))

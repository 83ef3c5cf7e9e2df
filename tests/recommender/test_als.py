import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from harness.builders import model as a_model
from recommender import als
from recommender.fold_in import Folder
from recommender.numba_kernels import Rows
from recommender.ratings import Pairs

USERS, MOVIES, RANK = 12, 20, 3
WEIGHING = als.Weighing(dislike=0.3, unobserved=0.2, regularisation=0.05, base_likes=2.0)
Doubles = NDArray[np.float64]


class Ratings:
    """Some random ratings, as triples and as a matrix (0 for none)."""

    def __init__(self, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        self.matrix = random.integers(1, 11, (USERS, MOVIES)) * (
            random.random((USERS, MOVIES)) < 0.4
        )
        self.users, self.movies = np.nonzero(self.matrix)
        self.half_stars = self.matrix[self.users, self.movies].astype(np.uint8)

        self.pairs = Pairs.alike(self.users, self.movies, (USERS, MOVIES))

    def problem(self) -> als.Problem:
        return als.likes(self.pairs, self.half_stars, WEIGHING)


def solved(rows: Rows, fixed: als.Floats, unobserved: float, steps: int = 60) -> als.Floats:
    """A half-step with enough steps to end in the exact solution."""
    found = np.zeros((len(rows.ridge), fixed.shape[1]), np.float32)
    with ThreadPoolExecutor(2) as pool:
        als.half_step(rows, fixed, als.gram(fixed, unobserved), found, pool, 2, steps)
    return found


def vectors(count: int, seed: int = 5) -> als.Floats:
    return np.random.default_rng(seed).normal(size=(count, RANK)).astype(np.float32)


def loss(ratings: Ratings, factors: als.Factors) -> float:
    """The objective, written down as it is meant."""
    liked, hated = ratings.matrix >= 8, (ratings.matrix > 0) & (ratings.matrix <= 4)
    x, y = factors.users.astype(float), factors.movies.astype(float)
    scores = x @ y.T
    u, w = WEIGHING.unobserved, WEIGHING
    fit = ((1 + u) * (1 - scores) ** 2)[liked].sum() + ((u + w.dislike) * scores**2)[hated].sum()
    rest = u * (scores**2)[~liked & ~hated].sum()
    ridge = w.regularisation * (
        ((w.base_likes + liked.sum(1)) * (x**2).sum(1)).sum()
        + ((w.base_likes + liked.sum(0)) * (y**2).sum(1)).sum()
    )
    return float(fit + rest + ridge)


def test_a_half_step_solves_the_normal_equations_of_likes() -> None:
    ratings, fixed = Ratings(), vectors(MOVIES)
    found = solved(ratings.problem().by_user, fixed, WEIGHING.unobserved)

    y = fixed.astype(float)
    for user, row in enumerate(ratings.matrix):
        liked, hated = row >= 8, (row > 0) & (row <= 4)
        weight = WEIGHING.unobserved + liked + WEIGHING.dislike * hated
        ridge = WEIGHING.regularisation * (WEIGHING.base_likes + liked.sum()) * np.eye(RANK)
        wanted = np.linalg.solve((y.T * weight) @ y + ridge, y.T @ (weight * liked))
        assert found[user] == pytest.approx(wanted, abs=1e-4)


def test_fold_in_equals_the_half_step_where_popular_movies_are_held_no_harder() -> None:
    given = a_model(movies=MOVIES, rank=RANK)
    p, ratings = replace(given.parameters, popularity_exponent=0.0), Ratings()
    one = dataclasses.replace(given, parameters=p)
    weighing = als.Weighing(p.dislike_weight, p.unobserved_weight, p.regularisation, p.base_likes)
    problem = als.likes(ratings.pairs, ratings.half_stars, weighing)
    found = solved(problem.by_user, one.factors, p.unobserved_weight)
    folder = Folder(one)

    for user in range(USERS):
        mine = ratings.users == user
        vector = folder.vector(ratings.movies[mine], ratings.half_stars[mine])
        assert vector is not None
        assert vector == pytest.approx(found[user], abs=1e-4)


def test_every_iteration_lowers_the_loss() -> None:
    ratings = Ratings()
    losses = [
        loss(ratings, als.fit(ratings.problem(), RANK, iterations, 1, 2))
        for iterations in (1, 2, 4, 8, 16)
    ]

    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[0]


def test_a_warm_start_goes_on_where_it_was_left() -> None:
    ratings = Ratings()
    cold = als.fit(ratings.problem(), RANK, 20, 1, 2)

    warm = als.fit(ratings.problem(), RANK, 1, 9, 2, start=cold.movies)

    assert loss(ratings, warm) <= loss(ratings, als.fit(ratings.problem(), RANK, 2, 9, 2))
    assert loss(ratings, warm) == pytest.approx(loss(ratings, cold), rel=0.02)


def test_a_warm_start_leaves_its_start_as_it_was() -> None:
    start = vectors(MOVIES)
    before = start.copy()

    als.fit(Ratings().problem(), RANK, 1, 1, 2, start=start)

    assert (start == before).all()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_bit(threads: int) -> None:
    one = als.fit(Ratings().problem(), RANK, 5, 1, 1)
    other = als.fit(Ratings().problem(), RANK, 5, 1, threads)

    assert one.users.tobytes() == other.users.tobytes()
    assert one.movies.tobytes() == other.movies.tobytes()


def test_somebody_who_said_nothing_has_a_zero_vector() -> None:
    ratings = Ratings()
    said = ratings.users != 3
    problem = als.likes(ratings.pairs.where(said), ratings.half_stars[said], WEIGHING)

    assert not als.fit(problem, RANK, 3, 1, 2).users[3].any()


def weighed(ratings: Ratings, weights: als.Floats, rows: NDArray[np.intp]) -> als.Problem:
    """The ranking of these users' rows of the matrix, the users counted by their weights."""
    users, movies = np.nonzero(ratings.matrix[rows])
    half_stars = ratings.matrix[rows][users, movies].astype(np.uint8)
    pairs = Pairs(users, movies, (len(rows), MOVIES), weights)
    return als.likes(pairs, half_stars, WEIGHING)


def test_a_user_who_counts_twice_is_two_users_to_the_movies() -> None:
    ratings, everybody = Ratings(), np.arange(USERS)
    twice = weighed(ratings, np.array([2] + [1] * 11, np.float32), everybody)
    both = weighed(ratings, np.ones(USERS + 1, np.float32), np.append(everybody, 0))

    one, other = als.fit(twice, RANK, 4, 1, 2), als.fit(both, RANK, 4, 1, 2)

    assert one.movies == pytest.approx(other.movies, abs=1e-4)
    assert one.users == pytest.approx(other.users[:-1], abs=1e-4)


def test_what_a_user_counts_for_does_not_change_the_own_half_step() -> None:
    weights = np.array([0.01] + [1] * 11, np.float32)
    ratings, fixed = Ratings(), vectors(MOVIES)
    little = weighed(ratings, weights, np.arange(USERS))

    found = solved(little.by_user, fixed, WEIGHING.unobserved)

    assert (found == solved(ratings.problem().by_user, fixed, WEIGHING.unobserved)).all()


def test_weights_of_one_change_no_bit() -> None:
    ratings = Ratings()
    ones = weighed(ratings, np.ones(USERS, np.float32), np.arange(USERS))

    one, other = als.fit(ratings.problem(), RANK, 5, 1, 1), als.fit(ones, RANK, 5, 1, 1)

    assert one.movies.tobytes() == other.movies.tobytes()
    assert one.users.tobytes() == other.users.tobytes()

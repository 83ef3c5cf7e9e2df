"""Models small enough to be looked through: of random vectors, and of a checkerboard of tastes."""

import dataclasses

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from contracts.artefact import Model
from contracts.hyper_parameters import Parameters
from harness.builders import model

LIKE, NEUTRAL, HATE = 10, 6, 2
USERS, MOVIES, RANK = 20, 20, 2


def holding_all_alike() -> Model:
    """A model that holds popular movies no harder than others."""
    one = model()
    return dataclasses.replace(one, parameters=replace(one.parameters, popularity_exponent=0.0))


def with_content() -> Model:
    """A model of random vectors that end with two kinds of movies, by turns."""
    one = model(movies=30)
    kinds = np.tile(np.eye(2, dtype=np.float32), (15, 1))
    return dataclasses.replace(one, factors=np.hstack([one.factors, kinds]))


def checkerboard() -> NDArray[np.uint8]:
    """Half-stars by user and movie: even users love even movies and hate the others, odd ones the
    other way round; of the loved ones each user has not seen one."""
    user, movie = np.mgrid[0:USERS, 0:MOVIES]
    stars = np.where(user % 2 == movie % 2, LIKE, HATE).astype(np.uint8)
    stars[range(USERS), [withheld(user) for user in range(USERS)]] = 0
    return stars


def withheld(user: int) -> int:
    return 2 * (user // 2 % (MOVIES // 2)) + user % 2


def trained(stars: NDArray[np.uint8]) -> Model:
    """A few ALS steps in NumPy, each with the half-step that fold-in makes."""
    p = Parameters(rank=RANK, base_likes=0)
    factors = np.random.default_rng(3).normal(scale=0.1, size=(stars.shape[1], RANK))
    for _ in range(8):
        users = half_step(factors, stars, p)
        factors = half_step(users, stars.T, p)
    zeros = np.zeros(stars.shape[1], np.int32)
    return Model(
        movies=np.arange(1, stars.shape[1] + 1, dtype=np.int32),
        factors=factors.astype(np.float32),
        biases=zeros.astype(np.float32),
        ratings=zeros,
        likes=zeros,
        prior=zeros.astype(np.float32),
        mean=6.0,
        parameters=p,
    )


def half_step(
    fixed: NDArray[np.float64], stars: NDArray[np.uint8], p: Parameters
) -> NDArray[np.float64]:
    solved = []
    for row in stars:
        liked, hated = row == LIKE, row == HATE
        c = p.unobserved_weight + liked + p.dislike_weight * hated
        a = (fixed.T * c) @ fixed + p.regularisation * max(1, liked.sum()) * np.eye(RANK)
        solved.append(np.linalg.solve(a, fixed.T @ (c * liked)))
    return np.array(solved)

"""Predicted stars: biases, and a ridge regression on the vectors that rank."""

import numpy as np
import pytest

from contracts.ranked_lists import NO_STARS
from harness.builders import history, model
from recommender.fold_in import ENOUGH_RATINGS, Folder
from tests.recommender.small_models import (
    LIKE,
)


def test_stars_are_predicted_between_half_and_five() -> None:
    stars = Folder(model()).ranked(history({10: LIKE}), 100).stars_x10

    assert ((stars >= 5) & (stars <= 50)).all()


def test_a_movie_with_few_ratings_has_no_predicted_stars() -> None:
    one = model()
    one.ratings[:] = ENOUGH_RATINGS
    one.ratings[5] = ENOUGH_RATINGS - 1

    made = Folder(one).ranked(history({10: LIKE}), 100)

    unknown = made.movies[made.stars_x10 == NO_STARS]
    assert unknown.tolist() == [one.movies[5]]


def test_without_vectors_predicted_stars_are_mean_and_biases() -> None:
    one = model()
    one.factors[:] = 0
    one.biases[:] = 0
    user_bias = (10 - one.mean) / (1 + one.parameters.user_damping)

    stars = Folder(one).ranked(history({10: LIKE}), 100).stars_x10

    assert set(stars.tolist()) == {round((one.mean + user_bias) * 5)}


def test_what_biases_leave_is_regressed_on_the_vectors_that_rank() -> None:
    one = model()
    at, given, wanted = np.array([1, 4, 7]), np.array([10, 3, 8], np.uint8), np.array([0, 5])
    folder, p = Folder(one), one.parameters
    mean = one.mean + (given - one.mean - one.biases[at]).sum() / (3 + p.user_damping)
    left = given - one.biases[at] - mean
    y = one.factors.astype(np.float64)
    ridge = p.star_regularisation * np.sqrt(3) * np.eye(y.shape[1])
    vector = np.linalg.solve(y[at].T @ y[at] + ridge, y[at].T @ left)

    stars = folder.half_stars(at, given, wanted)

    assert stars == pytest.approx(mean + one.biases[wanted] + y[wanted] @ vector)


def test_without_ratings_stars_are_mean_and_biases() -> None:
    one, nothing = model(), np.array([], np.intp)

    stars = Folder(one).half_stars(nothing, np.array([], np.uint8), np.array([2, 3]))

    assert stars == pytest.approx(one.mean + one.biases[2:4])

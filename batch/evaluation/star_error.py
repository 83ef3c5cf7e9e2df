"""The error of predicted stars, over every held-out rating."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.metrics import mae, rmse
from recommender.ratings import Histories, Split
from recommender.scorers import Factored


class Error(NamedTuple):
    """In stars, clipped to 0.5-5."""

    rmse: float
    mae: float


def star_error(model: Factored, split: Split) -> Error:
    """Error over all of the test side: nobody and nothing is left out."""
    histories, tested = Histories.in_(split.train), Histories.in_(split.test)
    predicted, given = [], []
    for user in np.unique(split.test.users).tolist():
        movies, half_stars = tested.of(user)
        predicted.append(model.stars(*histories.of(user), movies))
        given.append(half_stars.astype(np.float64))
    return _error(np.concatenate(predicted) / 2, np.concatenate(given) / 2)


def _error(predicted: NDArray[np.float64], given: NDArray[np.float64]) -> Error:
    return Error(rmse(predicted, given), mae(predicted, given))

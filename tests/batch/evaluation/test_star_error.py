"""Predicted stars of those that the model knows, and of those that it does not."""

import numpy as np
import pytest

from batch.evaluation.factored_model import factored
from batch.evaluation.star_error import star_error
from batch.native_engine import Native
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored
from tests.batch.evaluation.small_datasets import split_of


def model(train: IndexedRatings) -> Factored:
    return factored(Parameters(rank=2), Native(1))(train)


def test_stars_are_predicted_for_unknown_users_and_movies_too() -> None:
    known = [(1, 1, 5.0, 1), (1, 2, 4.0, 1), (2, 1, 4.0, 1)]
    split = split_of(known, [(3, 9, 0.5, 9), (1, 9, 3.0, 9), (3, 1, 5.0, 9)])
    one = model(split.train)

    stranger = one.stars(np.array([], np.intp), np.array([], np.uint8), np.array([2]))

    assert stranger == pytest.approx([one.folder.model.mean])
    assert star_error(one, split).rmse > 0


def test_predicted_stars_stay_on_the_scale() -> None:
    split = split_of([(1, m, 5.0, 1) for m in range(1, 9)], [(1, 9, 5.0, 9)])

    stars = model(split.train).stars(np.arange(8), np.full(8, 10, np.uint8), np.arange(9))

    assert ((stars >= 1) & (stars <= 10)).all()

import numpy as np
import pytest

from contracts.histories import DISMISSED, RETRACTED
from recommender.preference import preference

WEIGHT = 0.25


@pytest.mark.parametrize(
    ("stars", "wanted"),
    [(0.5, -WEIGHT), (1, -WEIGHT), (2, -WEIGHT), (2.5, 0), (3, 0), (3.5, 0), (4, 1), (5, 1)],
)
def test_what_stars_mean_to_the_ranking(stars: float, wanted: float) -> None:
    assert preference(np.array([int(stars * 2)], np.uint8), WEIGHT) == [wanted]


@pytest.mark.parametrize("state", [RETRACTED, DISMISSED])
def test_what_is_no_rating_is_neutral(state: int) -> None:
    assert preference(np.array([state], np.uint8), WEIGHT) == [0]


@pytest.mark.parametrize("weight", [0, 0.25, 1])
def test_one_star_is_never_a_like(weight: float) -> None:
    assert preference(np.array([2], np.uint8), weight) <= 0


def test_no_ratings_have_no_preferences() -> None:
    assert preference(np.empty(0, np.uint8), WEIGHT).shape == (0,)

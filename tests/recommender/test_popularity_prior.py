import numpy as np
import pytest

from recommender.popularity_prior import DAY_MS, prior, weight


def test_a_like_counts_half_after_a_half_life() -> None:
    movies, at_ms = np.array([0, 1, 1]), np.array([0, 10 * DAY_MS, 10 * DAY_MS])

    made = prior(movies, at_ms, np.ones(3), until_ms=10 * DAY_MS, half_life_days=10, count=3)

    assert made == pytest.approx(np.log1p([0.5, 2.0, 0.0]))


@pytest.mark.parametrize(
    ("likes", "expected"), [(1, 0.3), (4, 0.3), (5, 0.2), (19, 0.2), (20, 0.1), (900, 0.1)]
)
def test_the_weight_goes_by_how_many_likes_somebody_has(likes: int, expected: float) -> None:
    assert weight(likes, (0.3, 0.2, 0.1)) == expected


def test_a_like_of_somebody_who_counts_for_less_is_less_of_a_like() -> None:
    made = prior(np.array([0, 0]), np.array([0, 0]), np.array([1.0, 0.25]), 0, 10, 1)

    assert made == pytest.approx(np.log1p([1.25]))

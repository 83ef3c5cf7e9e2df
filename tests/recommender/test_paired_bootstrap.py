import numpy as np
import pytest

from recommender.paired_bootstrap import quotient


def test_the_value_is_that_of_the_users_as_they_are() -> None:
    assert quotient(np.array([1.0, 2.0]), np.array([2.0, 4.0]), 1).value == 0.5


def test_the_interval_is_about_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(3).normal(5, 2, 400)

    found = quotient(values, np.ones(400), 1)

    half = 1.96 * values.std() / np.sqrt(400)
    assert found.high - found.value == pytest.approx(half, rel=0.15)
    assert found.value - found.low == pytest.approx(half, rel=0.15)


def test_contenders_are_paired() -> None:
    """Users differ much, the contenders by little and always: that is no accident."""
    users = np.random.default_rng(1).normal(100, 30, 50)
    better = users + 1

    difference = quotient(better - users, np.ones(50), 1)

    assert difference.low == pytest.approx(1)
    assert difference.high == pytest.approx(1)


def test_the_same_seed_gives_the_same_interval() -> None:
    values, cases = np.arange(9.0), np.ones(9)

    assert quotient(values, cases, 7) == quotient(values, cases, 7)


def test_users_with_many_cases_weigh_more() -> None:
    assert quotient(np.array([0.0, 9.0]), np.array([1.0, 9.0]), 1).value == 0.9


def test_a_ratio_to_nothing_is_not_a_number() -> None:
    assert np.isnan(quotient(np.zeros(3), np.zeros(3), 1).value)

import numpy as np
import pytest

from recommender.biases import damped_biases


def test_a_bias_is_the_mean_without_damping() -> None:
    groups, values = np.array([0, 0, 1]), np.array([1.0, 3.0, -1.0])

    assert damped_biases(groups, values, 2, 0.0).tolist() == [2.0, -1.0]


def test_damping_pulls_small_groups_to_zero() -> None:
    groups, values = np.array([0] + [1] * 9), np.ones(10)

    assert damped_biases(groups, values, 2, 1.0) == pytest.approx([0.5, 0.9])


def test_an_empty_group_has_no_bias() -> None:
    assert damped_biases(np.array([0]), np.array([2.0]), 3, 1.0).tolist() == [1.0, 0.0, 0.0]

import numpy as np
import pytest

from recommender.biases import damped_biases, joint_biases
from recommender.ratings import Pairs


def test_a_bias_is_the_mean_without_damping() -> None:
    groups, values = np.array([0, 0, 1]), np.array([1.0, 3.0, -1.0])

    assert damped_biases(groups, values, np.ones(len(values)), 2, 0.0).tolist() == [2.0, -1.0]


def test_damping_pulls_small_groups_to_zero() -> None:
    groups, values = np.array([0] + [1] * 9), np.ones(10)

    assert damped_biases(groups, values, np.ones(len(values)), 2, 1.0) == pytest.approx([0.5, 0.9])


def test_an_empty_group_has_no_bias() -> None:
    assert damped_biases(np.array([0]), np.array([2.0]), np.ones(1), 3, 1.0).tolist() == [
        1.0,
        0.0,
        0.0,
    ]


def test_a_strict_user_does_not_make_a_good_movie_bad() -> None:
    users, movies = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 2])
    deviation = np.array([-3.0, -3.0, 1.0, 1.0, -3.0])

    of_users, of_movies = joint_biases(Pairs.alike(users, movies, (3, 3)), deviation, (0.0, 0.0))

    fitted = of_users[users] + of_movies[movies]
    assert fitted == pytest.approx(deviation)
    assert of_movies[0] == pytest.approx(of_movies[1])
    assert of_users[1] - of_users[0] == pytest.approx(4)


def test_a_user_who_counts_twice_is_two_users_to_the_movies_and_one_to_the_own_bias() -> None:
    users, movies = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1])
    deviation = np.array([-3.0, -1.0, 1.0, 2.0, -2.0])
    weighed = Pairs(users, movies, (3, 2), np.array([2, 1, 1], np.float32))
    twice = Pairs.alike(np.append(users, [3, 3]), np.append(movies, [0, 1]), (4, 2))

    one = joint_biases(weighed, deviation, (1.0, 1.0))
    other = joint_biases(twice, np.append(deviation, [-3.0, -1.0]), (1.0, 1.0))

    assert one[1] == pytest.approx(other[1])
    assert one[0] == pytest.approx(other[0][:3])

import numpy as np
import pytest

from batch.evaluation.splits import Splitter, at_random, in_time, last_of_each
from recommender.ratings import IndexedRatings, Split
from tests.batch.evaluation.small_datasets import drawn, ratings_of


def rows(ratings: IndexedRatings) -> set[tuple[int, int]]:
    return set(zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True))


@pytest.mark.parametrize("splitter", [at_random(1), last_of_each, in_time])
def test_every_rating_is_on_exactly_one_side(splitter: Splitter) -> None:
    whole = drawn()

    train, test = splitter(whole)

    assert rows(train) | rows(test) == rows(whole)
    assert not rows(train) & rows(test)
    assert len(train) + len(test) == len(whole)


def test_a_fifth_is_held_out_at_random_and_differently_for_each_seed() -> None:
    whole = drawn()
    held = [rows(at_random(seed)(whole).test) for seed in (1, 1, 2)]

    assert len(held[0]) == pytest.approx(len(whole) / 5, rel=0.2)
    assert held[0] == held[1] != held[2]


def test_everybodys_last_fifth_is_held_out() -> None:
    ten = [(1, movie, 4.0, movie) for movie in range(10)]
    four = [(2, movie, 4.0, -movie) for movie in range(4)]

    _, test = last_of_each(ratings_of(*ten, *four))

    assert test.user_ids[test.users].tolist() == [1, 1]
    assert sorted(test.movie_ids[test.movies].tolist()) == [8, 9]


def test_nothing_of_the_test_side_is_older_than_the_training_side() -> None:
    train, test = in_time(drawn())

    assert train.at_s.max() < test.at_s.min()


def test_a_second_is_on_one_side() -> None:
    same = [(user, 1, 4.0, 50) for user in range(1, 9)]
    train, test = in_time(ratings_of((9, 1, 4.0, 10), (10, 1, 4.0, 20), *same))

    assert (len(train), len(test)) == (2, 8)


def test_users_and_movies_keep_their_places_on_both_sides() -> None:
    whole = drawn()

    split: Split = at_random(3)(whole)

    for side in split:
        assert (side.user_ids is whole.user_ids, side.movie_ids is whole.movie_ids) == (True, True)


def test_of_a_pair_that_was_rated_twice_training_sees_the_later_one() -> None:
    rated = ratings_of((1, 7, 2.0, 100), (1, 7, 5.0, 200), (1, 8, 3.0, 50)).rated()

    assert rated.movie_id.tolist() == [7, 8]
    assert rated.half_stars.tolist() == [10, 6]
    assert rated.rated_at_ms.dtype == np.int64

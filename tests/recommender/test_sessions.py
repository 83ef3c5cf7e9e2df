"""Sessions of ratings: where they begin and end, and what is new in them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.sessions import PAUSE_S, first_time_likes, history_of, sessions
from tests.batch.evaluation.small_datasets import ratings_of

ANN, BOB = 1, 2


def test_a_pause_of_more_than_an_hour_ends_a_session() -> None:
    ratings = ratings_of(
        (ANN, 1, 4.0, 0), (ANN, 2, 4.0, PAUSE_S), (ANN, 3, 4.0, 2 * PAUSE_S + 1), (BOB, 1, 4.0, 5)
    )

    found = [(ratings.user_ids[one.user], one.at_s, len(one.rows)) for one in sessions(ratings)]

    assert found == [(ANN, 0, 2), (ANN, 2 * PAUSE_S + 1, 1), (BOB, 5, 1)]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40)), min_size=1, max_size=30))
def test_every_rating_is_of_one_session_and_known_in_the_later_ones(
    said: list[tuple[int, int]],
) -> None:
    rows = [(user, movie, 4.0, at * 600) for movie, (user, at) in enumerate(said, 1)]
    ratings = ratings_of(*rows)

    found = list(sessions(ratings))

    assert sorted(np.concatenate([one.rows for one in found])) == list(range(len(said)))
    for one in found:
        earlier = (ratings.users == one.user) & (ratings.at_s < one.at_s)
        assert sorted(one.before) == np.flatnonzero(earlier).tolist()


def test_of_a_movie_that_was_rated_twice_the_later_rating_counts() -> None:
    ratings = ratings_of((ANN, 7, 5.0, 1), (ANN, 7, 1.0, 2), (ANN, 8, 4.0, 3))

    movies, half_stars = history_of(ratings, np.arange(3))

    assert (ratings.movie_ids[movies].tolist(), half_stars.tolist()) == ([7, 8], [2, 8])


def test_a_first_time_like_is_of_a_movie_that_was_not_rated_before() -> None:
    ratings = ratings_of(
        (ANN, 7, 1.0, 1), (ANN, 7, 5.0, 9000), (ANN, 8, 4.0, 9001), (ANN, 9, 3.5, 9002)
    )

    first, second = sessions(ratings)

    assert first_time_likes(ratings, first).tolist() == []
    assert ratings.movie_ids[first_time_likes(ratings, second)].tolist() == [8]

"""Who is judged by `return` and `onboard`, by which movies, and what the models had seen."""

from collections.abc import Sequence

import numpy as np
import pytest

from batch.evaluation.contender_types import Contenders
from batch.evaluation.errors import NothingToJudge
from batch.evaluation.options import Protocol
from batch.evaluation.popularity_models import popular
from batch.evaluation.session_protocols import (
    CUTS,
    DRAWS,
    of_newcomers,
    of_returning,
    session_protocols,
    windows,
)
from recommender.ratings import IndexedRatings
from recommender.scorers import HalfStars, Indices, Scorer
from recommender.sessions import sessions
from tests.batch.evaluation.small_datasets import Row, ratings_of

DAY_S = 86_400
ANN, BOB = 1, 2


def liked(user: int, movies: Sequence[int], at_s: int) -> list[Row]:
    return [(user, movie, 5.0, at_s + n) for n, movie in enumerate(movies)]


def many_days() -> IndexedRatings:
    """On each of forty days somebody new likes twelve movies, and comes back ten days later."""
    rows: list[Row] = []
    for day in range(40):
        first = 1 + day % 7
        rows += liked(day + 1, range(first, first + 12), day * DAY_S)
        rows += liked(day + 1, range(30, 33), (day + 10) * DAY_S + 7200)
    return ratings_of(*rows)


def test_who_comes_back_is_judged_by_the_new_likes_of_the_session_as_a_set() -> None:
    ratings = ratings_of(
        *liked(ANN, [1, 2], 0), *liked(ANN, [2, 3, 4], DAY_S), (ANN, 5, 1.0, DAY_S)
    )

    (case,) = of_returning(ratings, list(sessions(ratings)))["all"]

    assert ratings.movie_ids[case.movies].tolist() == [1, 2]
    assert sorted(ratings.movie_ids[case.likes].tolist()) == [3, 4]


def test_who_likes_nothing_new_or_comes_for_the_first_time_does_not_come_back() -> None:
    ratings = ratings_of(*liked(ANN, [1], 0), *liked(ANN, [1], DAY_S), *liked(BOB, [3], DAY_S))

    assert of_returning(ratings, list(sessions(ratings))) == {"all": []}


def test_a_newcomer_is_judged_by_what_was_not_drawn() -> None:
    ratings = ratings_of(*liked(ANN, range(1, 13), 0), (ANN, 99, 2.0, 5))

    found = of_newcomers(ratings, list(sessions(ratings)))

    assert {group: len(some) for group, some in found.items()} == {
        "5 likes": DRAWS, "1 like": DRAWS, "3 likes": DRAWS, "10 likes": 0,
    }  # fmt: skip
    for given in (1, 3, 5):
        for case in found["1 like" if given == 1 else f"{given} likes"]:
            assert len(case.movies) == given
            both = np.concatenate([case.movies, case.likes])
            assert sorted(ratings.movie_ids[both].tolist()) == list(range(1, 13))


def test_first_sessions_of_fewer_than_ten_likes_are_not_judged() -> None:
    ratings = ratings_of(*liked(ANN, range(1, 10), 0))

    assert not any(of_newcomers(ratings, list(sessions(ratings))).values())


def test_draws_do_not_depend_on_what_others_rate() -> None:
    alone = ratings_of(*liked(BOB, range(1, 31), 0))
    beside = ratings_of(*liked(ANN, range(1, 31), 0), *liked(BOB, range(1, 31), 0))

    one = of_newcomers(alone, list(sessions(alone)))["5 likes"]
    two = of_newcomers(beside, list(sessions(beside)))["5 likes"][DRAWS:]

    assert [case.likes.tolist() for case in one] == [case.likes.tolist() for case in two]


def test_windows_share_the_later_half_and_models_learn_what_is_before_theirs() -> None:
    ratings = many_days()

    found = list(windows(ratings))

    assert len(found) == len(CUTS)
    sizes = [len(one.train) / len(ratings) for one in found]
    assert sizes == pytest.approx(np.arange(0.5, 1, 0.05), abs=0.03)
    for one in found:
        assert all(session.at_s > one.train.at_s.max() for session in one.sessions)
    later = [one for one in sessions(ratings) if one.at_s > found[0].train.at_s.max()]
    assert sum(len(one.sessions) for one in found) == len(later)
    assert found[-1].name == "cut-95"


def test_without_a_like_in_the_earlier_half_there_is_nothing_to_learn_from() -> None:
    ratings = ratings_of(*((ANN, movie, 2.0, movie) for movie in range(1, 40)))

    with pytest.raises(NothingToJudge, match="cut-50: no likes to learn from among 19 ratings"):
        list(windows(ratings))


def test_each_model_is_asked_about_every_window() -> None:
    ratings = many_days()
    learned: list[int] = []

    def contender(train: IndexedRatings) -> Scorer:
        learned.append(len(train))
        return popular(train)

    def line_up(name: str) -> Contenders:
        return {"popular": contender}

    back, new = session_protocols(list(Protocol), ratings, line_up, 10, lambda _: None)

    assert (back.protocol, new.protocol) == ("return", "onboard")
    assert learned == sorted(learned)
    assert len(learned) == len(CUTS)
    assert back.counts["all"].sum() > 0
    assert new.counts["5 likes"].sum() > new.counts["10 likes"].sum()
    assert new.main_group == "5 likes"
    assert all(values.max() <= new.counts["5 likes"].max() for values in _sums(new.sums))


def _sums(sums: dict[tuple[str, str], dict[str, np.ndarray]]) -> list[np.ndarray]:
    return [values for by_model in sums.values() for values in by_model.values()]


def test_a_list_of_all_that_is_liked_next_is_worth_one() -> None:
    ratings = many_days()

    def line_up(name: str) -> Contenders:
        return {"last three": lambda train: Last(len(train.movie_ids))}

    (back,) = session_protocols([Protocol.return_], ratings, line_up, 3, lambda _: None)

    sums, counts = back.sums["all", "ndcg@3"]["last three"], back.counts["all"]
    assert np.allclose(sums, counts)


class Last:
    """The last three movies first, which all who come back like."""

    def __init__(self, movies: int) -> None:
        self.movies = movies

    def scores(self, movies: Indices, half_stars: HalfStars) -> np.ndarray:
        return np.arange(self.movies, dtype=np.float32)

"""What lists are worth: who is judged, by which movies."""

import numpy as np

from batch.evaluation.factored_model import factored
from batch.evaluation.list_quality import judge
from batch.evaluation.popularity_models import popular
from batch.evaluation.splits import at_random
from batch.native_engine import Native
from recommender.scorers import Floats
from tests.batch.evaluation.small_datasets import SMALL, drawn, split_of


class Fixed:
    """Scores that do not depend on anybody."""

    def __init__(self, *scores: float) -> None:
        self.all = np.array(scores, np.float32)

    def scores(self, movies: np.ndarray, half_stars: np.ndarray) -> Floats | None:
        return self.all.copy()


def test_movies_that_were_rated_before_are_in_no_list() -> None:
    split = split_of([(1, 1, 1.0, 1), (2, 2, 4.0, 1), (2, 3, 4.0, 1)], [(1, 2, 5.0, 9)])

    judged = judge(Fixed(9, 5, 1), split, 1)

    assert judged.by_case["hit_rate"].tolist() == [1]


def test_a_held_out_rating_below_a_like_is_no_hit_and_its_user_not_judged() -> None:
    split = split_of([(1, 1, 5.0, 1), (2, 1, 5.0, 1)], [(1, 2, 3.5, 9), (2, 2, 4.0, 9)])

    judged = judge(Fixed(0, 1), split, 1)

    assert judged.users.tolist() == [1]


def test_everybody_is_judged_who_has_a_held_out_like_even_without_a_history() -> None:
    split = split_of([(1, 1, 5.0, 1)], [(2, 1, 5.0, 9)])

    judged = judge(popular(split.train), split, 1)

    assert judged.by_case["ndcg"].tolist() == [1.0]


def test_movies_that_nobody_liked_are_no_filling() -> None:
    split = split_of([(1, 1, 5.0, 1), (1, 2, 1.0, 1)], [(2, 2, 5.0, 9)])

    judged = judge(popular(split.train), split, 2)

    assert judged.by_case["hit_rate"].tolist() == [0]


def test_taste_beats_popularity_where_there_is_taste() -> None:
    split = at_random(1)(drawn(users=80))

    ours = judge(factored(SMALL, Native(1))(split.train), split, 10).by_case["ndcg"].mean()

    assert ours > 1.3 * judge(popular(split.train), split, 10).by_case["ndcg"].mean()

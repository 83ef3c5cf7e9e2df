"""Lists over several splits: what is summed by user, and what is told of all lists."""

from collections.abc import Sequence

import numpy as np
import pytest

from batch.evaluation.contender_types import Contenders
from batch.evaluation.holdout_protocol import lists_protocol
from batch.evaluation.named_splits import random_splits
from batch.evaluation.outcome import Outcome
from batch.evaluation.popularity_models import popular
from recommender.ratings import IndexedRatings
from tests.batch.evaluation.small_datasets import drawn


def line_up(name: str) -> Contenders:
    return {"popular": popular}


def judged(ratings: IndexedRatings, genres: Sequence[Sequence[str]]) -> Outcome:
    return lists_protocol("random", random_splits(2), ratings, genres, line_up, 10, lambda _: None)


def test_probes_are_told_of_each_split_where_genres_are_known() -> None:
    ratings = drawn(users=80, movies=40)
    genres = [(("Horror", "War")[movie % 2],) for movie in ratings.movie_ids.tolist()]

    told = judged(ratings, genres).overall["popular"]

    assert len(told["probe"]) == len(told["overlap"]) == 2
    assert told["probe"][0] == pytest.approx(0.5, abs=0.2)
    assert told["overlap"][0] > 0.5


def test_without_genres_there_are_no_probes() -> None:
    ratings = drawn(users=80, movies=40)

    told = judged(ratings, [()] * len(ratings.movie_ids)).overall["popular"]

    assert "probe" not in told
    assert "coverage" in told


def test_users_are_counted_once_a_split() -> None:
    ratings = drawn(users=30, movies=40)

    outcome = judged(ratings, [()] * len(ratings.movie_ids))

    assert set(outcome.counts["all"]) <= {0.0, 1.0, 2.0}
    values = outcome.sums["all", "ndcg@10"]["popular"]
    assert np.all(values <= outcome.counts["all"])

"""Item cosine and EASE, beside their definitions."""

import numpy as np
import pytest

from batch.evaluation.errors import TooManyMovies
from batch.evaluation.factored_model import factored
from batch.evaluation.linear_models import cosine, ease
from batch.native_engine import Native
from tests.batch.evaluation.small_datasets import SMALL, drawn, ratings_of


def test_item_cosine_is_that_of_the_likers() -> None:
    likes = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3)]
    train = ratings_of(*[(u, m, 5.0, 1) for u, m in likes], (3, 1, 1.0, 1))

    scores = cosine(0.0)(train).scores(np.array([0, 2]), np.array([10, 2], np.uint8))

    assert scores == pytest.approx([1, 2 / np.sqrt(2 * 3), 0])


def test_a_shrinkage_takes_from_a_cosine_the_more_the_fewer_like_both() -> None:
    likes = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3)]
    train = ratings_of(*[(u, m, 5.0, 1) for u, m in likes])

    scores = cosine(2.0)(train).scores(np.array([0]), np.array([10], np.uint8))

    assert scores == pytest.approx([2 / (2 + 2), 2 / (np.sqrt(2 * 3) + 2), 0])


@pytest.mark.parametrize("users", [5, 30])
def test_ease_is_the_closed_form_whichever_way_it_is_solved(users: int) -> None:
    train, ridge = drawn(users=users, movies=12), 3.0
    x = np.zeros((len(train.user_ids), len(train.movie_ids)))
    x[train.users[train.likes], train.movies[train.likes]] = 1
    p = np.linalg.inv(x.T @ x + ridge * np.eye(x.shape[1]))
    weights = -p / np.diag(p)
    np.fill_diagonal(weights, 0)

    scores = ease(ridge)(train).scores(np.array([1, 4]), np.array([10, 8], np.uint8))

    assert scores == pytest.approx(weights[1] + weights[4], abs=1e-4)


def test_ease_refuses_more_movies_than_it_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batch.evaluation.linear_models.MOST_MOVIES", 10)

    with pytest.raises(TooManyMovies, match="60 movies are more than the 10"):
        ease(1.0)(drawn())


@pytest.mark.parametrize("contender", [cosine(0.0), ease(5.0), factored(SMALL, Native(1))])
def test_a_history_without_a_like_says_nothing(contender: object) -> None:
    scorer = contender(drawn())  # type: ignore[operator]

    assert scorer.scores(np.array([3]), np.array([2], np.uint8)) is None

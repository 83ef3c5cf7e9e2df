import numpy as np

from batch.evaluation.best_of import best_at_first, best_of
from batch.evaluation.popularity_models import popular
from recommender.ratings import IndexedRatings
from recommender.scorers import Popular, Scorer, likes_of
from tests.batch.evaluation.small_datasets import drawn, ratings_of


def backwards(train: IndexedRatings) -> Scorer:
    """The least popular first."""
    likes = likes_of(train)
    return Popular(likes.max() + 1 - likes)


def test_the_best_candidate_learns_everything() -> None:
    train = drawn()

    scorer = best_of([backwards, popular])(train)

    assert isinstance(scorer, Popular)
    assert scorer.counts.tolist() == likes_of(train).tolist()


def test_candidates_are_judged_by_ratings_that_they_have_not_learned() -> None:
    train, learned = drawn(), []

    def noting(ratings: IndexedRatings) -> Scorer:
        learned.append(len(ratings))
        return popular(ratings)

    best_of([backwards, noting])(train)

    first, second = learned
    assert first < second == len(train)
    assert np.isclose(first / second, 0.8, atol=0.1)


def test_what_is_chosen_at_first_may_be_kept() -> None:
    tried: list[int] = []

    def noting(ratings: IndexedRatings) -> Scorer:
        tried.append(len(ratings))
        return backwards(ratings)

    contender = best_at_first([noting, popular])
    contender(drawn())
    again = contender(drawn(seed=2))

    assert isinstance(again, Popular)
    assert len(tried) == 1


def test_where_nothing_can_be_judged_the_first_candidate_learns() -> None:
    train = ratings_of((1, 1, 5.0, 1), (2, 2, 1.0, 2))

    scorer = best_of([popular, backwards])(train)

    assert isinstance(scorer, Popular)
    assert scorer.counts.tolist() == [1, 0]

import numpy as np
import pytest

from batch.evaluation.contenders import Factored, Floats, factored, popular, popular_lately
from batch.evaluation.dataset import Ratings
from batch.evaluation.linear import cosine, ease
from batch.evaluation.ranking import judge
from batch.evaluation.refusals import TooManyMovies
from batch.evaluation.splits import Split, at_random
from batch.evaluation.stars import star_error
from batch.native import Native
from contracts.artefact import Parameters
from tests.batch.evaluation.small import drawn, told

SMALL = Parameters(rank=4, base_likes=1, iterations=6)
DAY_S = 86_400

Row = tuple[int, int, float, int]


class Fixed:
    """Scores that do not depend on anybody."""

    def __init__(self, *scores: float) -> None:
        self.all = np.array(scores, np.float32)

    def scores(self, movies: np.ndarray, half_stars: np.ndarray) -> Floats | None:
        return self.all.copy()


def split_of(train: list[Row], test: list[Row]) -> Split:
    whole = told(*train, *test)
    held = whole.at_s >= min(row[3] for row in test)
    return Split(whole.where(~held), whole.where(held))


def test_movies_that_were_rated_before_are_in_no_list() -> None:
    split = split_of([(1, 1, 1.0, 1), (2, 2, 4.0, 1), (2, 3, 4.0, 1)], [(1, 2, 5.0, 9)])

    judged = judge(Fixed(9, 5, 1), split, 1)

    assert judged.by_user["hit_rate"].tolist() == [1]


def test_a_held_out_rating_below_a_like_is_no_hit_and_its_user_not_judged() -> None:
    split = split_of([(1, 1, 5.0, 1), (2, 1, 5.0, 1)], [(1, 2, 3.5, 9), (2, 2, 4.0, 9)])

    judged = judge(Fixed(0, 1), split, 1)

    assert judged.users.tolist() == [1]


def test_everybody_is_judged_who_has_a_held_out_like_even_without_a_history() -> None:
    split = split_of([(1, 1, 5.0, 1)], [(2, 1, 5.0, 9)])

    judged = judge(popular(split.train), split, 1)

    assert judged.by_user["ndcg"].tolist() == [1.0]


def test_movies_that_nobody_liked_are_no_filling() -> None:
    split = split_of([(1, 1, 5.0, 1), (1, 2, 1.0, 1)], [(2, 2, 5.0, 9)])

    judged = judge(popular(split.train), split, 2)

    assert judged.by_user["hit_rate"].tolist() == [0]


def test_popular_lately_counts_seven_days_and_breaks_ties_by_all() -> None:
    old = [(user, 1, 5.0, 0) for user in range(1, 9)] + [(9, 2, 5.0, 0)]
    train = told(*old, (10, 3, 5.0, 10 * DAY_S), (11, 3, 2.0, 10 * DAY_S))

    scores = popular_lately(train).scores(np.array([0]), np.array([10], np.uint8))

    assert scores is not None
    assert np.argsort(-scores).tolist() == [2, 0, 1]


def test_item_cosine_is_that_of_the_likers() -> None:
    likes = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3)]
    train = told(*[(u, m, 5.0, 1) for u, m in likes], (3, 1, 1.0, 1))

    scores = cosine(train).scores(np.array([0, 2]), np.array([10, 2], np.uint8))

    assert scores == pytest.approx([1, 2 / np.sqrt(2 * 3), 0])


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
    monkeypatch.setattr("batch.evaluation.linear.MOST_MOVIES", 10)

    with pytest.raises(TooManyMovies, match="60 movies are more than the 10"):
        ease(1.0)(drawn())


@pytest.mark.parametrize("contender", [cosine, ease(5.0), factored(SMALL, Native(1))])
def test_a_history_without_a_like_says_nothing(contender: object) -> None:
    scorer = contender(drawn())  # type: ignore[operator]

    assert scorer.scores(np.array([3]), np.array([2], np.uint8)) is None


def test_taste_beats_popularity_where_there_is_taste() -> None:
    split = at_random(1)(drawn(users=80))

    ours = judge(factored(SMALL, Native(1))(split.train), split, 10).by_user["ndcg"].mean()

    assert ours > 1.3 * judge(popular(split.train), split, 10).by_user["ndcg"].mean()


def model(train: Ratings) -> Factored:
    return factored(Parameters(rank=2, explicit_rank=2), Native(1))(train)


def test_stars_are_predicted_for_unknown_users_and_movies_too() -> None:
    known = [(1, 1, 5.0, 1), (1, 2, 4.0, 1), (2, 1, 4.0, 1)]
    split = split_of(known, [(3, 9, 0.5, 9), (1, 9, 3.0, 9), (3, 1, 5.0, 9)])
    one = model(split.train)

    stranger = one.stars(np.array([], np.intp), np.array([], np.uint8), np.array([2]))

    assert stranger == pytest.approx([one.folder.model.mean])
    assert star_error(one, split).rmse > 0


def test_predicted_stars_stay_on_the_scale() -> None:
    split = split_of([(1, m, 5.0, 1) for m in range(1, 9)], [(1, 9, 5.0, 9)])

    stars = model(split.train).stars(np.arange(8), np.full(8, 10, np.uint8), np.arange(9))

    assert ((stars >= 1) & (stars <= 10)).all()

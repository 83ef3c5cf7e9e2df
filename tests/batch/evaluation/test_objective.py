"""The figure that models are searched by, and its floors."""

import numpy as np
import pytest

from batch.evaluation.errors import NothingToJudge
from batch.evaluation.objective import (
    LEAST_PROBE,
    MOST_OVERLAP,
    STRICT,
    Judge,
    Lists,
    floors,
    influence,
    newcomers_shortfall,
    objective,
    shortfall,
)
from batch.evaluation.options import Protocol
from batch.evaluation.popularity_models import popular
from recommender.ratings import IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices, Scorer
from tests.batch.evaluation.small_datasets import drawn, ratings_of

RETURN, ONBOARD = Protocol.return_, Protocol.onboard
PLAIN, STRATIFIED = "ndcg", "ndcg_stratified"


def test_it_is_the_geometric_mean_over_protocols_and_metrics() -> None:
    means = {
        (RETURN, "all", PLAIN): 0.1,
        (RETURN, "all", STRATIFIED): 0.2,
        (ONBOARD, "1 like", PLAIN): 0.3,
        (ONBOARD, "5 likes", PLAIN): 0.4,
        (ONBOARD, "1 like", STRATIFIED): 0.5,
        (ONBOARD, "5 likes", STRATIFIED): 0.6,
    }

    expected = (0.1 * 0.2 * (0.3 * 0.4) ** 0.5 * (0.5 * 0.6) ** 0.5) ** 0.25
    assert np.exp(objective(means)) == pytest.approx(expected)


def test_a_figure_of_nothing_does_not_end_a_search() -> None:
    assert np.isfinite(objective({(RETURN, "all", PLAIN): 0.0}))


def test_newcomers_are_to_get_what_popularity_gets_and_stratified_figures_do_not_count() -> None:
    floor = {(ONBOARD, "1 like", PLAIN): 0.2, (ONBOARD, "1 like", STRATIFIED): 0.2}

    below = newcomers_shortfall(floor | {(ONBOARD, "1 like", PLAIN): 0.1}, floor)
    stratified = newcomers_shortfall(floor | {(ONBOARD, "1 like", STRATIFIED): 0.1}, floor)

    assert below == pytest.approx(np.log(2))
    assert stratified == 0


@pytest.mark.parametrize(
    ("lists", "missed"),
    [
        (Lists(0.3, LEAST_PROBE, MOST_OVERLAP), 0.0),
        (Lists(0.2, None, None), 0.0),
        (Lists(0.1, None, None), np.log(2)),
        (Lists(0.2, LEAST_PROBE / 3, MOST_OVERLAP), np.log(3)),
        (Lists(0.2, LEAST_PROBE, MOST_OVERLAP * 5), np.log(5)),
    ],
)
def test_what_lies_beyond_a_floor_is_missed_by_so_much(lists: Lists, missed: float) -> None:
    wanted = Lists(0.2, LEAST_PROBE, MOST_OVERLAP)

    assert shortfall(lists, wanted) == pytest.approx(missed)


def test_where_few_movies_are_left_lists_share_no_more_than_those_of_ratings_alone() -> None:
    wanted = [floors(Lists(0.1, 0.2, times * MOST_OVERLAP)) for times in (3, 0.5)]

    assert [one.overlap for one in wanted] == [3 * MOST_OVERLAP, MOST_OVERLAP]


def test_two_models_differ_by_what_they_are_worth() -> None:
    ratings = drawn(users=60, movies=60)
    judge = Judge.of(ratings, [()] * 60, popular)

    *_, same = judge.compare(popular, popular)
    *_, better = judge.compare(popular, Backwards)

    assert list(same) == [0, 0]
    assert better.log == pytest.approx(worth(judge)[-1] - worth(judge, Backwards)[-1])
    assert 0 < better.error < better.log


def test_the_error_of_a_difference_is_that_of_people_drawn_again() -> None:
    """Each person's weight of the objective, beside a bootstrap that knows nothing of it."""
    random = np.random.default_rng(3)
    users = random.integers(0, 40, 400)
    of_cases = random.gamma(2, 0.1, 400) + 0.05 * (users % 4)
    values = {(RETURN, "all", PLAIN): (users.tolist(), of_cases.tolist())}

    def again() -> float:
        drawn_people = random.integers(0, 40, 40)
        rows = np.concatenate([np.flatnonzero(users == one) for one in drawn_people])
        return objective({(RETURN, "all", PLAIN): float(of_cases[rows].mean())})

    error = np.sqrt((influence(values, 40) ** 2).sum())

    assert error == pytest.approx(np.std([again() for _ in range(2_000)]), rel=0.15)


class Backwards:
    """The least popular first: what nobody wants."""

    def __init__(self, train: IndexedRatings) -> None:
        self._popular = popular(train)

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        scores = self._popular.scores(movies, half_stars)
        return None if scores is None else -scores


def worth(judge: Judge, learns: type[Backwards] | None = None) -> list[float]:
    def learn(train: IndexedRatings) -> Scorer:
        return learns(train) if learns else popular(train)

    return [one.log for one in judge.worth(learn)]


def test_a_better_model_is_worth_more_at_each_step() -> None:
    judge = Judge.of(drawn(users=60, movies=60), [()] * 60, popular)

    better, worse = worth(judge), worth(judge, Backwards)

    assert len(better) == len(judge.windows) + 1
    assert all(one > other for one, other in zip(better, worse, strict=True))


def test_what_falls_below_the_floor_of_all_lists_costs_at_the_end() -> None:
    judge = Judge.of(drawn(users=60, movies=60), [()] * 60, popular)

    *_, before, end = worth(judge, Backwards)

    lost = before - end
    assert lost > 0
    assert lost <= STRICT * np.log(judge.floors.ndcg / 1e-3)


def test_where_nobody_comes_back_and_nobody_is_new_there_is_nothing_to_search_by() -> None:
    once = ratings_of(*[(user, 1, 5.0, user * 10_000) for user in range(1, 11)])

    with pytest.raises(NothingToJudge, match="no sessions"):
        Judge.of(once, [()], popular)

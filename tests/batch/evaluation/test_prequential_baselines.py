import numpy as np

from batch.evaluation.prequential_baselines import Frozen, LiveWeek
from recommender.prequential import MISSED, Moment
from recommender.prequential_evaluation import run_prequential
from recommender.ratings import Histories, IndexedRatings
from recommender.scorers import Popular, likes_of
from tests.batch.evaluation.small_datasets import ratings_of
from tests.recommender.test_prequential_evaluation import CUT, Folds, six

DAY_S = 86_400


def test_a_frozen_model_stays_as_it_was_at_the_cut() -> None:
    split = six((1, 1, 5.0, 1), (1, 2, 5.0, CUT), (1, 3, 5.0, CUT + 1))
    fallback = Popular(likes_of(split.train))
    frozen = Frozen(Folds(), fallback, Histories.in_(split.train))

    first, second = run_prequential(split, {"frozen": frozen}).ranks["frozen"].tolist()

    assert first == 0
    assert second > 0


def test_who_was_unknown_at_the_cut_gets_from_the_frozen_one_what_was_popular() -> None:
    popular = [(user, 4, 5.0, 1) for user in range(50, 60)]
    split = six(*popular, (1, 4, 5.0, CUT), (1, 5, 5.0, CUT + 1))
    frozen = Frozen(Folds(), Popular(likes_of(split.train)), Histories.in_(split.train))

    assert run_prequential(split, {"frozen": frozen}).ranks["frozen"].tolist() == [0, MISSED]


def test_a_like_is_of_the_last_seven_days_for_seven_days() -> None:
    start: IndexedRatings = ratings_of((1, 1, 5.0, 0), (2, 2, 3.0, 0))
    week = LiveWeek.after(start)
    week.learn(DAY_S, [1])
    week.learn(DAY_S, [1])

    def counts(day: int) -> list[float]:
        return [float(n) for n in np.rint(week.scores(Moment(5, day * DAY_S, {})))]

    assert counts(1) == [1, 2]
    assert counts(7) == [0, 2]
    assert counts(8) == [0, 0]

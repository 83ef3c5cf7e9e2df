import numpy as np

from batch.evaluation.popularity_models import popular_lately
from tests.batch.evaluation.small_datasets import ratings_of

DAY_S = 86_400


def test_popular_lately_counts_seven_days_and_breaks_ties_by_all() -> None:
    old = [(user, 1, 5.0, 0) for user in range(1, 9)] + [(9, 2, 5.0, 0)]
    train = ratings_of(*old, (10, 3, 5.0, 10 * DAY_S), (11, 3, 2.0, 10 * DAY_S))

    scores = popular_lately(train).scores(np.array([0]), np.array([10], np.uint8))

    assert scores is not None
    assert np.argsort(-scores).tolist() == [2, 0, 1]

"""Models that know nobody: what is liked most, ever or lately."""

import numpy as np
from numpy.typing import NDArray

from recommender.ratings import IndexedRatings
from recommender.scorers import Popular, Scorer, likes_of

WEEK_S = 7 * 86_400


def popular(train: IndexedRatings) -> Scorer:
    """All likes ever."""
    return Popular(likes_of(train))


def popular_lately(train: IndexedRatings) -> Scorer:
    """The likes of the training side's last seven days; of all days where those are equal."""
    return popular_first(likes_of(last_week(train)), likes_of(train))


def last_week(train: IndexedRatings) -> IndexedRatings:
    """The training side's last seven days."""
    return train.where(train.at_s > train.at_s.max() - WEEK_S)


def popular_first(lately: NDArray[np.float64], ever: NDArray[np.float64]) -> Popular:
    """Movies by what was liked lately, those that are equal by what ever was."""
    return Popular(lately + ever * 1e-6)

"""Models of synthetic users: one as it should be, and worse ones."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from batch.native_engine import Native
from batch.training import Trained, train_screened
from contracts.hyper_parameters import Parameters
from harness.batch.synthetic_users import DUDS
from recommender.ratings import Ratings

PARAMETERS = Parameters(rank=4, iterations=10, prior_weights=(0, 0, 0))
Fit = Callable[[Ratings], Trained]


def fit(rated: Ratings) -> Trained:
    return train_screened(rated, PARAMETERS, Native(1))


def altered(trained: Trained, factors: np.ndarray) -> Trained:
    """With other factors."""
    return trained._replace(model=replace(trained.model, factors=factors.astype(np.float32)))


def poor(rated: Ratings) -> Trained:
    """Has learned the half of it."""
    trained = fit(rated)
    factors = trained.model.factors
    noise = np.random.default_rng(1).normal(size=factors.shape)
    return altered(trained, factors + 1.3 * factors.std() * noise)


def broken(rated: Ratings) -> Trained:
    """Has learned nothing of tastes, and shows everybody duds."""
    trained = fit(rated)
    noise = np.random.default_rng(1).normal(size=trained.model.factors.shape)
    noise[trained.model.movies <= DUDS] *= 5
    return altered(trained, noise)

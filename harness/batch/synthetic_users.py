"""Many people of two tastes, who rate one movie after another."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from batch.native_engine import Native
from batch.training import Trained, train_screened
from contracts.events import Kind
from contracts.hyper_parameters import Parameters
from contracts.topics import Identity
from event_log import SCHEMA, Events
from harness.builders import AT_MS, EVENT_ID
from recommender.ratings import Ratings

PARAMETERS = Parameters(rank=4, iterations=10, prior_weights=(0, 0, 0))
USERS, MOVIES, DUDS = 120, 120, 40
EARLY, LATER = 4000, 12000
"""Events: between them come enough likes to compare by."""
TOPIC = Identity("cluster", "topic", 1)
Fit = Callable[[Ratings], Trained]


def everything(seed: int = 1) -> Events:
    """Everybody rates the movies in an own order: loves half, but for the duds."""
    random = np.random.default_rng(seed)
    order = np.argsort(random.random((USERS, MOVIES)), axis=1).T.ravel()
    users = np.tile(np.arange(1, USERS + 1), MOVIES)
    count = len(users)
    loves = (users % 2 == order % 2) & (order >= DUDS)
    at = np.arange(count, dtype=np.int64) * 1000 + AT_MS
    return Events(
        np.zeros(count, np.int32),
        np.arange(count, dtype=np.int64),
        at,
        users.astype(np.int32),
        (order + 1).astype(np.int32),
        np.where(loves, 10, 2).astype(np.uint8),
        at,
    )


def first(count: int) -> Events:
    return everything().below({0: count})


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


def rows(events: Events) -> pa.RecordBatch:
    """The events as rows of an event log."""
    count = len(events.offset)
    columns: dict[str, Any] = {
        "offset": events.offset,
        "timestamp_ms": events.timestamp_ms,
        "kind": np.full(count, Kind.rated, np.uint8),
        "event_id": [EVENT_ID] * count,
        "user_id": events.user_id,
        "movie_id": events.movie_id,
        "half_stars": events.state,
        "rated_at_ms": events.rated_at_ms,
        "reason": [None] * count,
        "copy": [None] * count,
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)

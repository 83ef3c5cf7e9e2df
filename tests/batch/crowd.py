"""Many people of two tastes, who rate one movie after another."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from batch.native import Native
from batch.snapshot import Events
from batch.training import Rated, train
from contracts.artefact import Model, Parameters
from contracts.eventlog import SCHEMA
from contracts.events import Kind
from contracts.topics import Identity
from tests.builders import AT_MS, EVENT_ID

PARAMETERS = Parameters(
    rank=4, iterations=10, explicit_rank=2, explicit_iterations=2, prior_weights=(0, 0, 0)
)
USERS, MOVIES, DUDS = 120, 120, 40
EARLY, LATER = 1500, 9500
"""Events: between them come enough likes to compare by."""
TOPIC = Identity("cluster", "topic", 1)
Fit = Callable[[Rated], Model]


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


def fit(rated: Rated) -> Model:
    return train(rated, PARAMETERS, Native(1))


def poor(rated: Rated) -> Model:
    """Has learned the half of it."""
    model = fit(rated)
    noise = np.random.default_rng(1).normal(size=model.factors.shape)
    mixed = model.factors + 1.3 * model.factors.std() * noise
    return replace(model, factors=mixed.astype(np.float32))


def broken(rated: Rated) -> Model:
    """Has learned nothing of tastes."""
    model = fit(rated)
    noise = np.random.default_rng(1).normal(size=model.factors.shape)
    return replace(model, factors=noise.astype(np.float32))


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

"""Many people of two tastes, who rate one movie after another."""

from typing import Any

import numpy as np
import pyarrow as pa

from contracts.events import Kind
from contracts.topics import Identity
from event_log import SCHEMA, Events
from harness.builders import AT_MS, EVENT_ID

USERS, MOVIES, DUDS = 120, 120, 40
EARLY, LATER = 4000, 12000
"""Events: between them come enough likes to compare by."""
TOPIC = Identity("cluster", "topic", 1)


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

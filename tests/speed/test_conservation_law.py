"""The law on what a worker really writes, through the checker's own decoding."""

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.events import encode
from contracts.partitioner import partition_of
from event_log import Storage, land
from harness.builders import (
    AT_MS,
    PARTITIONS,
    consumed,
    holding,
    own_keys,
    rated,
)
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import Row
from harness.streaming.record_batches import batch_of
from redis_store.connection import connect
from redis_store.speed import SpeedStore
from streaming.kafka_source import parsed
from tests.speed.fakes import worker_on
from tests.speed.random_events import OLD_MS, any_events

pytestmark = pytest.mark.integration

P = partition_of(7, PARTITIONS)
USERS = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:6]


def of_speed(truth: State) -> State:
    """Without what streaming counts."""
    return replace(truth, activity={}, users={})


def test_the_law_holds_for_what_worker_and_log_have_written(redis_url: str, log: Storage) -> None:
    events, keys = any_events(300, USERS, valid=0.8), own_keys()
    store = SpeedStore(connect(redis_url, timeout_s=5), keys)
    worker = worker_on(store)
    records = consumed(*events)
    for first in range(0, 300, 70):
        worker.apply(P, records[first : first + 70], None, behind=False)
    land(log, P, [parsed(batch_of(*(one.record for one in records)), PARTITIONS)])
    rows = [Row(P, o, r.timestamp_ms, r.key, r.value) for o, r in records]

    truth, found = truth_of(rows, PARTITIONS, {}), found_in(redis_url, keys.prefix, Path(log.url))

    assert violations(of_speed(truth), found) == []
    assert min(truth.positions[P]) > 0


def test_the_law_is_broken_by_one_altered_record(redis_url: str, log: Storage) -> None:
    keys = own_keys()
    store = SpeedStore(connect(redis_url, timeout_s=5), keys)
    worker = worker_on(store)
    worker.apply(P, consumed(rated(at_ms=OLD_MS)), None, behind=False)
    land(log, P, [parsed(batch_of(holding(encode(rated(at_ms=OLD_MS)))), PARTITIONS)])
    other = Row(P, 0, AT_MS, b"7", encode(rated(half_stars=1, at_ms=OLD_MS)))

    truth = of_speed(truth_of([other], PARTITIONS, {}))
    said = violations(truth, found_in(redis_url, keys.prefix, Path(log.url)))

    assert {line.split()[0] for line in said} == {"log", "history", "total"}

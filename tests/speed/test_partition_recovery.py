"""What a load writes is what applying the records one by one has written, to the byte."""

from dataclasses import replace

import numpy as np
import pytest

from contracts.active_version import Active
from contracts.partitioner import partition_of
from event_log import Storage, land
from harness.builders import (
    AT_MS,
    PARTITIONS,
    consumed,
    log_rows,
    model,
    own_keys,
    rated,
)
from harness.streaming.record_batches import batch_of
from recommender.fold_in import Folder
from redis_store.connection import connect, forget
from redis_store.partition_position import Position, new_fence
from redis_store.speed import Change, PositionMoved, SpeedStore
from speed.active_model import Live
from speed.live_quality import Popular
from speed.partition_recovery import changes
from streaming.kafka_source import parsed
from tests.speed.fakes import worker_on
from tests.speed.random_events import any_events

pytestmark = pytest.mark.integration

P = partition_of(7, PARTITIONS)
USERS = [u for u in range(1, 4000) if partition_of(u, PARTITIONS) == P]
COUNT = 6_000


def stored(store: SpeedStore, prefix: str) -> dict[bytes, object]:
    """All that the speed layer has written."""
    client = store._client
    read = {b"string": client.get, b"hash": client.hgetall}
    found: dict[bytes, object] = {}
    for key in client.scan_iter(f"{prefix}*"):
        kind = client.type(key)
        found[key] = read[kind](key) if kind in read else client.zrange(key, 0, -1, withscores=True)
    return found


def load(store: SpeedStore, log: Storage, end: int) -> None:
    fence = new_fence()
    assert store.begin_load(P, fence)
    for change in changes(log, P, end, fence):
        store.write(P, change)


def test_a_load_leaves_what_the_records_have_left(redis_url: str, log: Storage) -> None:
    keys = own_keys()
    store = SpeedStore(connect(redis_url, timeout_s=5), keys)
    worker = worker_on(store)
    records = consumed(*any_events(COUNT, USERS, valid=0.9))
    for first in range(0, COUNT, 100):
        worker.apply(P, records[first : first + 100], None, behind=False)
    before = stored(store, keys.prefix)
    land(log, P, [parsed(batch_of(*(one.record for one in records)), PARTITIONS)])

    forget(store._client, keys.prefix)
    load(store, log, COUNT)

    assert store.position(P).counted == COUNT
    assert stored(store, keys.prefix) == before


def test_lists_that_are_made_again_after_a_load_are_those_from_before(
    redis_url: str, log: Storage
) -> None:
    keys, known = own_keys(), replace(model(), movies=np.arange(1, 13, dtype=np.int32))
    store = SpeedStore(connect(redis_url, timeout_s=5), keys)
    live = Live(Active(1, 3, None, {}, {}, AT_MS), Folder(known), Popular(known))
    users, records = USERS[:200], consumed(*any_events(COUNT, USERS[:200], valid=0.9))
    worker_on(store).apply(P, records, live, behind=False)
    before = store.lists(P, users)
    land(log, P, [parsed(batch_of(*(one.record for one in records)), PARTITIONS)])

    forget(store._client, keys.prefix)
    load(store, log, COUNT)
    worker_on(store).make_owed_lists(P, live, len(users))

    after = store.lists(P, users)
    assert after.keys() == before.keys()
    assert sum(len(one.movies) for one in after.values()) > len(users)
    for user, one in after.items():
        assert one.next_offset == before[user].next_offset
        assert one.movies.tolist() == before[user].movies.tolist()
        assert one.scores == pytest.approx(before[user].scores, abs=1e-4)


def test_a_partition_has_no_position_while_it_is_loaded(redis_url: str, log: Storage) -> None:
    store = SpeedStore(connect(redis_url, timeout_s=5), own_keys())
    land(log, P, [log_rows(rated(), "malformed")])
    fence = new_fence()
    store.begin_load(P, fence)

    *before, last = changes(log, P, 2, fence)
    for change in before:
        store.write(P, change)

    assert store.position(P) == Position()
    store.write(P, last)
    assert store.position(P) == Position(2, 1, 0, {"malformed": 1})


@pytest.mark.parametrize("expected", [0, -1, 1])
def test_nobody_else_writes_while_a_partition_is_loaded(redis_url: str, expected: int) -> None:
    store = SpeedStore(connect(redis_url, timeout_s=5), own_keys())
    store.begin_load(P, new_fence())

    with pytest.raises(PositionMoved):
        store.write(P, Change(expected, Position(1, 1)))


def test_a_load_that_was_overtaken_can_no_longer_write(redis_url: str, log: Storage) -> None:
    store = SpeedStore(connect(redis_url, timeout_s=5), own_keys())
    land(log, P, [log_rows(rated())])
    fence = new_fence()
    store.begin_load(P, fence)
    load(store, log, 1)

    with pytest.raises(PositionMoved):
        store.write(P, next(changes(log, P, 1, fence)))

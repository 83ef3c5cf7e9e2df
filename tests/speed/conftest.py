from functools import partial

import pytest

from contracts.redis_keys import Keys
from event_log import Storage
from harness.builders import AT_MS, own_keys
from redis_store.connection import connect
from redis_store.speed import SpeedStore
from tests.speed.fakes import FakeSpeedStore, FakeStatus, worker_on
from tests.speed.observed_worker import TOOK_MS, ObservedWorker
from tests.speed.stepped_job import Running, Start


@pytest.fixture
def start(log: Storage) -> Start:
    """Starts a job on these records of one partition, with this event log."""
    return partial(Running, log)


@pytest.fixture(params=["fake", pytest.param("redis", marks=pytest.mark.integration)])
def either_store(request: pytest.FixtureRequest) -> SpeedStore:
    """One in memory, then one in Redis: the former is proven to keep the latter's promises."""
    if request.param == "fake":
        return FakeSpeedStore()
    keys: Keys = own_keys()
    return SpeedStore(connect(request.getfixturevalue("redis_url"), timeout_s=5), keys)


@pytest.fixture
def at(either_store: SpeedStore) -> ObservedWorker:
    """A worker at the beginning of its partition, on each store."""
    status = FakeStatus()
    return ObservedWorker(worker_on(either_store, status, AT_MS + TOOK_MS), either_store, status)

from pathlib import Path

import pytest

from contracts.redis_keys import Keys
from event_log import Storage, claim
from harness.builders import own_keys
from redis_store.connection import Client, connect
from redis_store.trends import TrendStore
from tests.streaming.checkpoint_builders import IDENTITY, used_checkpoint


@pytest.fixture
def client(redis_url: str) -> Client:
    return connect(redis_url, timeout_s=5)


@pytest.fixture
def keys() -> Keys:
    return own_keys()


@pytest.fixture
def store(client: Client, keys: Keys) -> TrendStore:
    """Buckets under keys of one's own."""
    return TrendStore(client, keys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkpoint after five batches and one that is planned; the log has them all."""
    (tmp_path / "checkpoints").mkdir()
    used_checkpoint(tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@pytest.fixture
def event_log(log: Storage) -> Storage:
    """A log of the topic that the checkpoint is of."""
    claim(log, IDENTITY)
    return log

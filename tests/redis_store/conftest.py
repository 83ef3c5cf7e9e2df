import pytest

from contracts.redis_keys import Keys
from harness.builders import own_keys
from redis_store.connection import Client, connect


@pytest.fixture
def client(redis_url: str) -> Client:
    return connect(redis_url, timeout_s=5)


@pytest.fixture
def keys() -> Keys:
    return own_keys()

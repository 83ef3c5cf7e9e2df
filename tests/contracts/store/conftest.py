import pytest

from contracts.keys import Keys
from contracts.store.connection import Client, connect
from tests.builders import own_keys


@pytest.fixture
def client(redis_url: str) -> Client:
    return connect(redis_url, timeout_s=5)


@pytest.fixture
def keys() -> Keys:
    return own_keys()

import pytest

from contracts.store.connection import connect
from contracts.store.trends import TrendStore
from tests.builders import own_keys


@pytest.fixture
def store(redis_url: str) -> TrendStore:
    """Buckets under keys of one's own."""
    return TrendStore(connect(redis_url, timeout_s=5), own_keys())

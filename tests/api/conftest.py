from collections.abc import Iterator

import pytest

from api.circuit_breaker import CircuitBreaker
from tests.api.failing_store import DEADLINE_S, Store


@pytest.fixture
def store() -> Iterator[Store]:
    one = Store()
    yield one
    one.answers.set()  # let the threads end that wait for it


@pytest.fixture
def breaker(store: Store) -> CircuitBreaker:
    return CircuitBreaker(store.sign_of_life, DEADLINE_S)

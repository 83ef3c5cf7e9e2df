"""A version's model in Redis: chunked, read as it was, and refused once it is damaged."""

import numpy as np
import pytest

from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from harness.builders import made, model
from redis_store.connection import Client
from redis_store.model_codec import NoActiveModel
from redis_store.versions import VersionStore
from tests.redis_store.published_versions import publish

pytestmark = pytest.mark.integration


@pytest.fixture
def store(client: Client, keys: Keys) -> VersionStore:
    return VersionStore(client, keys)


def test_a_model_is_read_as_it_was_published(store: VersionStore) -> None:
    publish(store, 1)

    found, wanted = store.model(1), model(seed=1)

    assert (found.mean, found.parameters) == (wanted.mean, wanted.parameters)
    assert all(np.array_equal(a, found.arrays()[name]) for name, a in wanted.arrays().items())


def test_a_large_model_is_published_in_values_of_at_most_64_kib(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    large = model(movies=3000, rank=32)

    store.publish(large, made(1))

    assert max(map(client.strlen, client.scan_iter(f"{keys.prefix}factors:*"))) <= 65_536
    assert np.array_equal(store.model(1).factors, large.factors)


def test_a_version_that_was_never_published_has_no_model(store: VersionStore) -> None:
    with pytest.raises(NoActiveModel):
        store.model(9)


def test_a_model_with_parameters_of_another_release_is_none(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    publish(store, 1)
    client.hset(keys.manifest(1), "parameters", '{"confidence": 4.0}')

    with pytest.raises(NoActiveModel, match="another release"):
        store.model(1)


def test_a_damaged_array_is_refused(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)
    client.setrange(keys.factors(1, "factors", 0), 200, b"\xff\x00\xff")

    with pytest.raises(CorruptValue):
        store.model(1)


def test_a_lost_array_is_told(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)
    client.delete(keys.factors(1, "biases", 0))

    with pytest.raises(NoActiveModel, match="biases"):
        store.model(1)

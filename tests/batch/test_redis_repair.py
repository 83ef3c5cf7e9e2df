"""What Redis loses of a version comes back by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from batch.redis_repair import RedisRepair
from contracts.retrain_log_entries import Hold
from redis_store.catalogue import CatalogueStore
from redis_store.connection import Client
from tests.batch.pipeline_rig import CATALOGUE, P, Trainer

pytestmark = pytest.mark.integration

LOSSES: dict[str, Callable[[Client, str], object]] = {
    "it is gone": lambda client, key: client.delete(key),
    "another type": lambda client, key: client.delete(key) and client.lpush(key, "no hash"),
    "no numbers": lambda client, key: client.hset(key, "version", "abc"),
    "too large numbers": lambda client, key: client.hset(key, "activation", 2**62),
    "bytes": lambda client, key: client.hset(key, "snapshot", b"\xff"),
    "a field less": lambda client, key: client.hdel(key, "token"),
    "a damaged token": lambda client, key: client.hset(key, "token", "abc"),
}


def guard(batch: Trainer, decided: int | None) -> RedisRepair:
    store = CatalogueStore(batch.client, batch.keys)
    return RedisRepair(batch.publisher, lambda: decided, batch.event_log, store)


def test_a_store_that_was_emptied_gets_version_and_catalogue_again(batch: Trainer) -> None:
    batch.publish(4)
    before = batch.published(4)
    batch.empty()

    guard(batch, 4).look()

    assert batch.active().version == 4
    assert batch.published(4) == before
    assert CatalogueStore(batch.client, batch.keys).read() == CATALOGUE


@pytest.mark.parametrize("hold", [Hold(4, 5), None])
def test_a_pointer_says_again_whether_its_version_is_held(
    batch: Trainer, hold: Hold | None
) -> None:
    batch.publish(4)
    batch.versions.mark_held(hold is None)
    batch.publisher = replace(batch.publisher, held=lambda: hold)

    guard(batch, 4).look()

    assert batch.active().held is (hold is not None)
    assert batch.active().activation == 1


@pytest.mark.parametrize("loss", LOSSES)
def test_a_pointer_that_cannot_be_read_is_written_again(batch: Trainer, loss: str) -> None:
    batch.publish(3, 4)
    LOSSES[loss](batch.client, batch.keys.active())

    guard(batch, 4).look()

    assert batch.active().version == 4


@pytest.mark.parametrize("loss", LOSSES)
def test_a_trainer_publishes_over_a_pointer_that_cannot_be_read(batch: Trainer, loss: str) -> None:
    batch.publish(3)
    LOSSES[loss](batch.client, batch.keys.active())
    batch.client.set(batch.keys.token(), "abc")

    batch.publish(batch.versions.next_token(3))

    assert batch.active().version == 4


@pytest.mark.parametrize("named", ["list", "manifest", "popular", "similar", "factors"])
def test_a_version_that_has_lost_a_key_is_written_again(batch: Trainer, named: str) -> None:
    batch.publish(4)
    before = batch.published(4)
    (key, *_) = batch.client.scan_iter(f"{batch.keys.prefix}{named}:4*")
    batch.client.delete(key)

    guard(batch, 4).look()

    assert batch.published(4) == before
    assert batch.versions.holds(4)


def test_what_is_whole_is_left_alone(batch: Trainer) -> None:
    batch.publish(4)
    CatalogueStore(batch.client, batch.keys).write(CATALOGUE)
    batch.client.set(batch.keys.listed(4, P, 99), b"a value more")

    guard(batch, 4).look()

    assert batch.client.get(batch.keys.listed(4, P, 99)) == b"a value more"


def test_before_anything_was_published_nothing_is_written(batch: Trainer) -> None:
    guard(batch, None).look()

    assert batch.versions.active() is None


def test_an_artefact_that_is_gone_is_said_once(
    batch: Trainer, caplog: pytest.LogCaptureFixture
) -> None:
    watching = guard(batch, 4)

    watching.look()
    watching.look()

    assert sum("v000004" in one.message for one in caplog.records) == 1

"""A version whose keys are gone is written again as it was, and nobody's newer one is touched."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from batch.publishing import LOCK, Publisher
from batch.snapshot import Snapshot, take
from contracts.artefact import BrokenArtefact, Manifest
from contracts.eventlog import Place, claim, land
from contracts.files import in_turn
from contracts.keys import Keys
from contracts.lists import RankedList, unpack
from contracts.store.connection import Client, connect, forget
from contracts.store.versions import VersionStore
from contracts.topics import Identity, partition_of
from tests.builders import AT_MS, PARTITIONS, log_rows, model, own_keys, rated, same_list

pytestmark = pytest.mark.integration

IDENTITY = Identity("cluster", "topic", PARTITIONS)
USER = 7
P = partition_of(USER, PARTITIONS)
WAITS_S = 0.3


@dataclass
class Batch:
    """What a trainer has: a store, artefacts, an event log."""

    client: Client
    keys: Keys
    publisher: Publisher
    event_log: Place

    @property
    def versions(self) -> VersionStore:
        return self.publisher.versions

    def snapshot(self) -> Snapshot:
        return take(self.event_log, {P: 3})

    def publish(self, version: int) -> None:
        one = model(seed=version)
        manifest = Manifest(
            version, IDENTITY, {P: 3}, one.parameters, {}, "promoted", "0.1.0", AT_MS, {}
        )
        self.publisher.publish(manifest, one, self.snapshot())

    def listed(self, version: int) -> RankedList:
        return replace(self.stored(self.keys.listed(version, P, USER)), generated_at_ms=0)

    def popular(self, version: int) -> RankedList:
        return replace(self.stored(self.keys.popular(version)), generated_at_ms=0)

    def stored(self, key: str) -> RankedList:
        return unpack(self.client.get(key))

    def empty(self) -> None:
        forget(self.client, self.keys.prefix)


@pytest.fixture
def batch(redis_url: str, log: Place, tmp_path: Path) -> Batch:
    client, keys = connect(redis_url, timeout_s=5), own_keys()
    publisher = Publisher(
        VersionStore(client, keys), tmp_path / "models", PARTITIONS, lambda: AT_MS + 5
    )
    claim(log, IDENTITY)
    events = [rated(movie_id=10, half_stars=10), rated(movie_id=20), rated(movie_id=30)]
    land(log, P, [log_rows(*events)])
    return Batch(client, keys, publisher, log)


def test_an_emptied_store_gets_lists_model_and_pointer_as_they_were(batch: Batch) -> None:
    batch.publish(4)
    listed, popular = batch.listed(4), batch.popular(4)
    batch.empty()

    done = batch.publisher.republish(4, batch.event_log)

    assert done == (4, 1)
    active = batch.versions.active()
    assert active
    assert (active.version, active.snapshot) == (4, {P: 3})
    assert same_list(batch.listed(4), listed)
    assert same_list(batch.popular(4), popular)
    assert (batch.versions.model(4).factors == model(seed=4).factors).all()


def test_a_trainer_goes_on_above_what_was_written_again(batch: Batch) -> None:
    batch.publish(4)
    batch.empty()
    batch.publisher.republish(4, batch.event_log)

    batch.publish(batch.versions.next_token(4))

    active = batch.versions.active()
    assert active
    assert (active.version, active.previous) == (5, 4)


def test_lists_are_written_again_under_a_pointer_that_is_there(batch: Batch) -> None:
    batch.publish(4)
    before, listed = batch.versions.active(), batch.listed(4)
    batch.client.delete(batch.keys.listed(4, P, USER))

    batch.publisher.republish(4, batch.event_log)

    assert same_list(batch.listed(4), listed)
    assert batch.versions.active() == before


def test_what_a_trainer_has_activated_since_stays_active(batch: Batch) -> None:
    batch.publish(4)
    batch.empty()
    batch.publish(5)

    assert batch.publisher.republish(4, batch.event_log) == (5, 1)

    active = batch.versions.active()
    assert active
    assert active.version == 5


def test_without_a_version_nothing_is_written(batch: Batch) -> None:
    assert batch.publisher.republish(None, batch.event_log) is None
    assert batch.versions.active() is None


def test_an_artefact_that_is_gone_is_named(batch: Batch) -> None:
    with pytest.raises(BrokenArtefact, match="v000004"):
        batch.publisher.republish(4, batch.event_log)

    assert batch.versions.active() is None


def test_whoever_publishes_is_not_disturbed(batch: Batch) -> None:
    batch.publish(4)
    batch.empty()
    again = threading.Thread(target=batch.publisher.republish, args=(4, batch.event_log))

    with in_turn(batch.publisher.artefacts / LOCK):
        again.start()
        again.join(WAITS_S)
        assert again.is_alive()
        assert batch.versions.active() is None
    again.join()

    assert batch.versions.active()

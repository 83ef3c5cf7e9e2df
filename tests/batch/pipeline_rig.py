"""What a trainer has: a store, artefacts, an event log with three ratings of one user."""

from dataclasses import dataclass
from pathlib import Path

from batch.publishing import Publisher
from batch.snapshot import Snapshot, take
from contracts import artefact
from contracts.active_version import Active
from contracts.artefact import Manifest
from contracts.catalogue import Catalogue, Movie
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList, unpack
from contracts.redis_keys import Keys
from contracts.topics import Identity
from event_log import Storage, claim, land
from harness.builders import AT_MS, PARTITIONS, log_rows, model, rated
from redis_store.connection import Client, connect, forget
from redis_store.versions import VersionStore

IDENTITY = Identity("cluster", "topic", PARTITIONS)
USER = 7
P = partition_of(USER, PARTITIONS)
END = {P: 3}
CATALOGUE = Catalogue([Movie(10, "Ten", 1994, ("Drama",), None, None, 1)], [])


@dataclass
class Trainer:
    """Publishes models that are made up, by the version as a seed."""

    client: Client
    keys: Keys
    publisher: Publisher
    event_log: Storage

    @property
    def versions(self) -> VersionStore:
        return self.publisher.versions

    @property
    def artefacts(self) -> Path:
        return self.publisher.artefacts

    def active(self) -> Active:
        active = self.versions.active()
        assert active
        return active

    def snapshot(self) -> Snapshot:
        return take(self.event_log, END)

    def manifest(self, version: int) -> Manifest:
        parameters, metrics = model().parameters, {"ratings": 3.0}
        return Manifest(version, IDENTITY, END, parameters, metrics, "promoted", "0.1.0", AT_MS, {})

    def publish(self, *versions: int) -> None:
        for version in versions:
            one = model(seed=version)
            made = self.publisher.make(version, one, self.snapshot(), AT_MS)
            self.publisher.publish(self.manifest(version), one, made)

    def save(self, version: int) -> None:
        """An artefact that has never been published."""
        artefact.save(self.artefacts, self.manifest(version), model(seed=version).arrays())

    def listed(self, version: int) -> RankedList:
        return self.stored(self.keys.listed(version, P, USER))

    def stored(self, key: str) -> RankedList:
        return unpack(self.client.get(key))

    def published(self, version: int) -> dict[bytes, bytes]:
        """All that there is of a version but its manifest, as stored."""
        patterns = self.keys.of_version(version)
        found = [key for one in patterns for key in self.client.scan_iter(one)]
        return {key: self.client.get(key) for key in found}

    def everything(self) -> tuple[dict[bytes, bytes], dict[bytes, bytes], list[int]]:
        """The pointer, all published values, and the finished artefacts."""
        values = self.published(1) | self.published(2)
        pointer = self.client.hgetall(self.keys.active())
        return pointer, values, artefact.finished(self.artefacts)

    def empty(self) -> None:
        forget(self.client, self.keys.prefix)


def trainer(redis_url: str, log: Storage, folder: Path, keys: Keys) -> Trainer:
    """A trainer with a log of its own."""
    client = connect(redis_url, timeout_s=5)
    publisher = Publisher(
        VersionStore(client, keys), folder, PARTITIONS, lambda: CATALOGUE, lambda: AT_MS + 5
    )
    claim(log, IDENTITY)
    events = [rated(movie_id=10, half_stars=10), rated(movie_id=20), rated(movie_id=30)]
    land(log, P, [log_rows(*events)])
    return Trainer(client, keys, publisher, log)

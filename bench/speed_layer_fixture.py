"""A speed layer on its own: separate topics and keys, a random model, and its workers."""

import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import confluent_kafka
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from bench.fixtures import (
    PARTITIONS,
    REELSTREAM,
    WITHIN_S,
    appended,
    reflected,
    started,
    with_topics,
)
from bench.fold_in import model
from contracts.clock import now_ms
from contracts.events import FIRST_VISITOR_ID, Event, Kind
from contracts.settings import Settings
from harness.builders import made
from harness.eventually import eventually
from harness.services import Services, environment_of
from redis_store.connection import Client, connect
from redis_store.versions import VersionStore

WARMING = 200
"""Ratings that nobody measures: after them each worker has compiled, or loaded, what it runs."""
LIKED = 10


class Layer(NamedTuple):
    """Where it is, and what its processes are told."""

    folder: Path
    settings: Settings
    variables: dict[str, str]
    client: Client

    @property
    def versions(self) -> VersionStore:
        """Its models."""
        return VersionStore(self.client, self.settings.keys)

    def publish(self, version: int, movies: int) -> None:
        """Write a model of random factors, which nobody has a list of."""
        self.versions.publish(model(movies), made(version))

    def activate(self, version: int, snapshot: Mapping[int, int] | None = None) -> None:
        """Make a version the one that lists are made with."""
        versions = self.versions
        versions.activate(version, snapshot or {}, versions.next_token(0), now_ms())

    def owed(self) -> int:
        """Lists that are to follow."""
        with self.client.pipeline(transaction=False) as pipe:
            for partition in range(self.settings.partitions):
                pipe.zcard(self.settings.keys.owed(partition))
            return sum(pipe.execute())

    def is_done(self, records: int) -> bool:
        """Whether so many records are applied, and all lists are made."""
        return reflected(self.settings) >= records and not self.owed()


def layer(folder: Path, services: Services, movies: int, partitions: int = PARTITIONS) -> Layer:
    """A speed layer whose first version is active."""
    folder = folder / uuid.uuid4().hex[:12]
    folder.mkdir()
    settings = with_topics(services, folder / "state", partitions)
    variables = environment_of(settings, services.java_home) | {"OPENBLAS_NUM_THREADS": "1"}
    new = Layer(folder, settings, variables, connect(settings.redis_url, 60))
    new.publish(1, movies)
    new.activate(1)
    return new


@contextmanager
def working(of: Layer, workers: int) -> "Iterator[list[subprocess.Popen[bytes]]]":
    """Within, so many workers that have begun."""
    run = [*REELSTREAM, "speed", "run"]
    admin = AdminClient({"bootstrap.servers": of.settings.kafka})
    with ExitStack() as stack:
        begun = [
            stack.enter_context(started(run, of.variables, of.folder / f"speed{n}.err"))
            for n in range(workers)
        ]
        eventually(
            lambda: shared(admin, of.settings, workers), WITHIN_S, "group of so many workers"
        )
        yield begun


def shared(admin: AdminClient, settings: Settings, workers: int) -> bool:
    """Whether all partitions are shared among so many."""
    group = f"{settings.topic_prefix}speed"
    try:
        found = admin.describe_consumer_groups([group])[group].result()
    except confluent_kafka.KafkaException:  # nobody has joined yet
        return False
    taken = sum(len(one.assignment.topic_partitions) for one in found.members)
    stable = found.state == ConsumerGroupState.STABLE and len(found.members) == workers
    return stable and taken == settings.partitions


def warm(of: Layer) -> None:
    """Have all workers make lists, of people whom no data set has."""
    producer = confluent_kafka.Producer({"bootstrap.servers": of.settings.kafka, "linger.ms": 0})
    for n in range(WARMING):
        rating = Event(Kind.rated, str(uuid.uuid4()), FIRST_VISITOR_ID + n, 1, LIKED, now_ms())
        appended(producer, of.settings, rating)
    eventually(lambda: of.is_done(WARMING), WITHIN_S, "lists of those who warm the workers")

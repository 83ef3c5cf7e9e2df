"""A publisher that obeys lines on stdin and is killed at named points: hooks are here, not there.

Each line is JSON: `Order`. Once it is obeyed, a line on stdout says so; or the process is no more.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from batch.publishing import NothingToGoBackTo, Publisher
from batch.snapshot import Snapshot, take
from contracts import artefact
from contracts.artefact import Manifest, Model
from contracts.events import Event
from contracts.partitioner import partition_of
from contracts.redis_keys import Keys
from contracts.topics import Identity
from contracts.version_lists import VersionLists
from event_log import Storage, claim, land
from harness.builders import AT_MS, PARTITIONS, log_rows, model, rated
from redis_store import versions
from redis_store.connection import connect
from redis_store.versions import VersionStore

IDENTITY = Identity("cluster", "topic", PARTITIONS)
USERS, MOVIES, LIKES, RANK = 60, 200, 5, 8
POINTS = (
    "after the artefact",
    "in the middle of the lists",
    "before verification",
    "before activation",
    "after activation",
)
SECOND = 2
"""Of the commands that write a version's lists: some are there, others are not."""


class World(msgspec.Struct, frozen=True):
    """Where the publisher works, and whether it is a bad one: pointer first, then the lists."""

    redis_url: str
    prefix: str
    artefacts: str
    event_log: str
    hasty: bool = False


class Order(msgspec.Struct, frozen=True):
    """Publish a new version, or go back: to the previous one, or to the oldest artefact."""

    do: str
    oldest: bool = False
    die_at: str | None = None


def likes_of(user: int) -> list[int]:
    """What a user has rated from the beginning."""
    chance = np.random.default_rng(user)
    return [10 * int(n) for n in chance.choice(np.arange(1, MOVIES + 1), LIKES, replace=False)]


def write_log(place: Storage) -> None:
    """The event log that all versions are made of."""
    claim(place, IDENTITY)
    for partition in range(PARTITIONS):
        land(place, partition, [log_rows(*_events(partition))])


def snapshot_of(place: Storage) -> Snapshot:
    """All of it."""
    return take(place, {p: len(_events(p)) for p in range(PARTITIONS)})


def model_of(version: int) -> Model:
    """A version's model."""
    return model(MOVIES, RANK, seed=version)


def publisher_of(world: World) -> Publisher:
    """As the trainer has one; there is no catalogue."""
    store = VersionStore(connect(world.redis_url, timeout_s=30), Keys(world.prefix))
    return Publisher(store, Path(world.artefacts), PARTITIONS, lambda: None, lambda: AT_MS)


def obey(order: Order, publisher: Publisher, place: Storage) -> str:
    """Publish or roll back, then prune at once."""
    if order.do == "publish":
        newest = artefact.newest_version(publisher.artefacts)
        version, snapshot = publisher.versions.next_token(newest), snapshot_of(place)
        one = model_of(version)
        manifest = Manifest(
            version, IDENTITY, dict(snapshot.offsets), one.parameters, {}, "", "", AT_MS, {}
        )
        publisher.publish(manifest, one, publisher.make(version, one, snapshot, AT_MS))
    else:
        to = artefact.finished(publisher.artefacts)[0] if order.oldest else None
        try:
            publisher.roll_back(to, place)
        except NothingToGoBackTo:
            return "nothing to go back to"
    publisher.prune()
    return "done"


def arm(point: str) -> None:
    """Have this process killed when it gets there."""
    places: dict[str, Callable[[], None]] = {
        "after the artefact": lambda: _kill(artefact, "save", after=True),
        "in the middle of the lists": lambda: _kill(versions, "set_all", after=True, call=SECOND),
        "before verification": lambda: _kill(VersionStore, "_verify"),
        "before activation": lambda: _kill(VersionStore, "activate"),
        "after activation": lambda: _kill(VersionStore, "activate", after=True),
    }
    places[point]()


def make_hasty() -> None:
    """The planted fault: activate first, then write the lists."""
    activate, publish = VersionStore.activate, VersionStore.publish

    def hasty(self: VersionStore, one: Model, made: VersionLists) -> None:
        activate(self, made.version, {}, self.next_token(made.version), AT_MS)
        publish(self, one, made)

    VersionStore.publish = hasty  # type: ignore[method-assign, assignment]
    VersionStore.activate = lambda *_, **__: None  # type: ignore[method-assign]


def main() -> None:
    """Obey until stdin ends."""
    world = msgspec.json.decode(sys.argv[1], type=World)
    publisher, place = publisher_of(world), Storage.of(world.event_log)
    if world.hasty:
        make_hasty()
    for line in sys.stdin:
        order = msgspec.json.decode(line, type=Order)
        if order.die_at:
            arm(order.die_at)
        sys.stdout.write(f"{obey(order, publisher, place)}\n")
        sys.stdout.flush()


def _events(partition: int) -> list[Event]:
    users = [one for one in range(1, USERS + 1) if partition_of(one, PARTITIONS) == partition]
    return [rated(one, movie, 10) for one in users for movie in likes_of(one)]


def _kill(owner: Any, name: str, after: bool = False, call: int = 1) -> None:
    function, calls = getattr(owner, name), [0]

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if not after and calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if after and calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    main()

"""Readers who read all the time, while versions are published, rolled back and killed midway."""

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from batch.build_lists import user_lists
from contracts.active_version import Active
from contracts.histories import Entry, History
from contracts.list_precedence import Source, unmasked
from contracts.partitioner import partition_of
from contracts.redis_keys import Keys
from contracts.settings import child_environment
from contracts.stored_value_checks import CorruptValue
from event_log import Storage
from harness.batch.killable_publisher import (
    POINTS,
    USERS,
    Order,
    World,
    likes_of,
    model_of,
    snapshot_of,
    write_log,
)
from harness.builders import AT_MS, PARTITIONS, identity
from redis_store.connection import connect
from redis_store.partition_position import Position
from redis_store.reader import ReadingStore
from redis_store.speed import Change, SpeedStore
from redis_store.topic import TopicStore

READERS = 3
SHOWN = 10
LOOK_EVERY = 50
"""Reads after which the pointer is read anew, as the API does by the second."""
READS_A_RATING = 40
MOST_RATINGS = 60
"""Of one user, so that lists of 100 do not run out."""
TIMEOUT_S = 30


@dataclass
class Seen:
    """What readers have seen; the first four must stay 0."""

    torn: int = 0
    missing: int = 0
    backwards: int = 0
    came_back: int = 0
    reads: int = 0
    ratings: int = 0
    versions: set[int] = field(default_factory=set)
    activation: int = 0

    @property
    def wrong(self) -> tuple[int, int, int, int]:
        """Torn, missing, backwards, come back."""
        return self.torn, self.missing, self.backwards, self.came_back


@dataclass
class Done:
    """What the publisher did: orders obeyed, and kills by point."""

    published: int = 0
    rolled_back: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POINTS, 0))


def plan(publishes: int) -> list[Order]:
    """A publish that nothing disturbs; then each second one is killed, at each point in turn.

    After each second one somebody goes back, also to what is gone from Redis, and is killed
    likewise.
    """
    orders = [Order("publish")]
    for n in range(1, publishes):
        orders.append(Order("publish", die_at=POINTS[n // 2 % len(POINTS)] if n % 2 else None))
        if n % 2 == 0:
            orders.append(Order("rollback", oldest=n % 4 == 0))
            die_at = POINTS[n // 2 % len(POINTS)] if n % 6 == 0 else None
            orders.append(Order("rollback", oldest=n % 4 != 0, die_at=die_at))
    return orders


def publish_under_reads(
    redis_url: str, prefix: str, folder: Path, publishes: int, reads: int, hasty: bool = False
) -> tuple[Seen, Done]:
    """Read at least so often, and until all is published; what was seen, and what was done.

    Args:
        redis_url: where Redis is.
        prefix: of keys that nobody else has.
        folder: for artefacts and event log.
        publishes: how many versions are begun.
        reads: how often a user's list is looked up.
        hasty: plants a fault: the pointer first, then the lists.
    """
    place = Storage.of(str(folder / "log"))
    write_log(place)
    world = World(redis_url, prefix, str(folder / "models"), str(folder / "log"), hasty)
    people = People(world)
    done = Done()
    orders = plan(publishes)
    with publishing(world) as give:
        give(orders[0], done)
        seen, over = [Seen() for _ in range(READERS)], threading.Event()
        readers = [
            threading.Thread(target=read, args=(world, people, one, over, reads // READERS, n))
            for n, one in enumerate(seen)
        ]
        for one in readers:
            one.start()
        try:
            for order in orders[1:]:
                give(order, done)
        finally:
            over.set()
            for one in readers:
                one.join()
    return together(seen), done


@contextmanager
def publishing(world: World) -> Iterator[Callable[[Order, Done], None]]:
    """Within, the function has an order obeyed by a process that is replaced when it is killed."""
    process = _process(world)

    def give(order: Order, done: Done) -> None:
        nonlocal process
        assert process.stdin
        assert process.stdout
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        process.stdin.flush()
        said = process.stdout.readline().decode().strip()
        if said == "done":
            done.published += order.do == "publish"
            done.rolled_back += order.do == "rollback"
        if not said and order.die_at is None:
            raise RuntimeError(f"the publisher ended with {process.wait()} at {order}")
        if not said and order.die_at:
            done.kills[order.die_at] += 1
        if order.die_at:  # where it was not reached, the point stays armed
            _end(process)
            process = _process(world)

    try:
        yield give
    finally:
        _end(process)


def _process(world: World) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "harness.batch.killable_publisher"]
    return subprocess.Popen(
        [*command, msgspec.json.encode(world).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment({}),
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream
        stream.close()


class People:
    """Users who rate what they are shown; their histories are in Redis before anybody is told."""

    def __init__(self, world: World) -> None:
        """Everybody has rated what the event log says."""
        client = connect(world.redis_url, timeout_s=TIMEOUT_S)
        TopicStore(client, Keys(world.prefix)).claim(identity())
        self._speed, self._lock = SpeedStore(client, Keys(world.prefix)), threading.Lock()
        self._rated = {user: set[int]() for user in range(1, USERS + 1)}
        for user in self._rated:
            for movie in likes_of(user):
                self.rate(user, movie)

    def rated(self, user: int) -> frozenset[int]:
        """What can be read in Redis that a user has rated; maybe more by now."""
        with self._lock:
            return frozenset(self._rated[user])

    def rate(self, user: int, movie: int) -> None:
        """Rate one more, unless it was many already."""
        with self._lock:
            said, partition = self._rated[user] | {movie}, partition_of(user, PARTITIONS)
            if len(said) > MOST_RATINGS:
                return
            at = self._speed.position(partition).next_offset
            history = History({one: Entry(10, AT_MS) for one in said}, at + 1, AT_MS)
            self._speed.write(partition, Change(at, Position(at + 1, at + 1), {user: history}))
            self._rated[user] = said


def read(
    world: World, people: People, seen: Seen, over: threading.Event, reads: int, seed: int
) -> None:
    """Look users up as the API does, at least so often and until it is over."""
    chance = random.Random(seed)
    client = connect(world.redis_url, timeout_s=TIMEOUT_S)
    store = ReadingStore(client, Keys(world.prefix))
    active: Active | None = None
    while seen.reads < reads or not over.is_set():
        if seen.reads % LOOK_EVERY == 0:
            active = store.active()
            judge_pointer(active, seen)
        active = look(world, store, people, chance.randint(1, USERS), active, seen)
        seen.reads += 1
    judge_pointer(store.active(), seen)


def look(
    world: World, store: ReadingStore, people: People, user: int, active: Active | None, seen: Seen
) -> Active | None:
    """Look one user up, judge what is found, and rate some of it; the pointer that was found."""
    before = people.rated(user)
    try:
        found = store.look_up(user, active)
    except CorruptValue:
        seen.torn += 1
        return active
    judge_pointer(found.active, seen)
    if found.ranked is None or found.active is None:
        seen.missing += 1
        return found.active
    version, movies = found.active.version, found.ranked.movies
    seen.versions.add(version)
    whole = found.ranked.version == version and found.source is Source.batch
    seen.torn += not (whole and np.array_equal(movies, expected(world.event_log, version)[user]))
    shown = movies[unmasked(found.ranked, found.history.masked, SHOWN)].tolist()
    seen.came_back += not before.isdisjoint(shown)
    if shown and seen.reads % READS_A_RATING == 0:
        people.rate(user, shown[0])
        seen.ratings += 1
    return found.active


def judge_pointer(active: Active | None, seen: Seen) -> None:
    """Activation numbers only grow, and none is lost."""
    activation = active.activation if active else 0
    seen.backwards += activation < seen.activation
    seen.activation = max(seen.activation, activation)


@cache
def expected(
    event_log: str, version: int
) -> dict[int, "np.ndarray[tuple[int], np.dtype[np.uint32]]"]:
    """The movies of each user's list, made anew."""
    snapshot = snapshot_of(Storage.of(event_log))
    lists = user_lists(version, model_of(version), snapshot, PARTITIONS, AT_MS)
    return {user: lists.row(row).movies for row, user in enumerate(lists.users.tolist())}


def together(parts: list[Seen]) -> Seen:
    """What all readers have seen."""
    wrong = [part.wrong for part in parts]
    torn, missing, backwards, came_back = (sum(some) for some in zip(*wrong, strict=True))
    return Seen(
        torn,
        missing,
        backwards,
        came_back,
        reads=sum(part.reads for part in parts),
        ratings=sum(part.ratings for part in parts),
        versions=set().union(*(part.versions for part in parts)),
        activation=max(part.activation for part in parts),
    )

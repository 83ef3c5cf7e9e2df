"""The checker is green about the speed layer as it is, and red once a safeguard is taken out.

Each accident is staged twice: on the real store, and on one that is broken on purpose.
"""

import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from contracts import event_parser
from contracts.histories import pack_total
from contracts.partitioner import partition_of
from harness.builders import PARTITIONS, consumed, own_keys, rated
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import truth_of
from harness.checker.topic_dump import Row
from kafka_clients import Consumed
from redis_store import speed
from redis_store.connection import connect
from redis_store.partition_position import Position
from redis_store.speed import Change, PositionMoved, SpeedStore
from tests.speed.fakes import worker_on
from tests.speed.random_events import OLD_MS, any_events

pytestmark = pytest.mark.integration

P = partition_of(7, PARTITIONS)
USERS = [u for u in range(1, 100) if partition_of(u, PARTITIONS) == P][:6]
RECORDS = consumed(*any_events(150, USERS, valid=0.9))
FIRST, SECOND, THIRD = RECORDS[:50], RECORDS[50:100], RECORDS[100:]
WITHOUT_FENCE = "if false then return 0 end"


class Killed(BaseException):
    """SIGKILL, at this very line."""


class World:
    """A Redis of one's own keys; workers come and go."""

    def __init__(self, redis_url: str) -> None:
        self.redis_url, self.keys = redis_url, own_keys()

    def store(self, kind: type[SpeedStore] = SpeedStore) -> SpeedStore:
        return kind(connect(self.redis_url, timeout_s=5), self.keys)

    def said(self, records: list[Consumed] = RECORDS) -> set[str]:
        """The first words of what the checker finds."""
        rows = [Row(one.record.partition, one.offset, one.record.timestamp_ms, one.record.key,
                    one.record.value) for one in records]  # fmt: skip
        truth = truth_of(rows, PARTITIONS, {})
        truth = replace(truth, activity={}, users={}, buckets={}, log={})
        truth.positions = {P: truth.positions[P]}
        found = found_in(self.redis_url, self.keys.prefix, Path("nowhere"))
        return {line.split()[0] for line in violations(truth, found)}


@pytest.fixture
def world(redis_url: str) -> World:
    return World(redis_url)


def apply(store: SpeedStore, *stretches: list[Consumed]) -> None:
    """As a worker that has just begun does."""
    worker = worker_on(store)
    for stretch in stretches:
        worker.apply(P, stretch, None, behind=False)


# No fence: a worker that was frozen between reading and writing wakes up.


class Frozen(SpeedStore):
    """A store whose worker was frozen before its write: it is done when it wakes up."""

    held: Change

    def write(self, partition: int, change: Change) -> None:
        self.held = change

    def wake(self) -> None:
        super().write(P, self.held)


def overtaken_in_sleep(world: World) -> None:
    frozen = world.store(Frozen)
    assert isinstance(frozen, Frozen)
    apply(frozen, FIRST)
    apply(world.store(), FIRST, SECOND, THIRD)
    with suppress(PositionMoved):
        frozen.wake()


def test_a_worker_that_wakes_up_changes_nothing(world: World) -> None:
    overtaken_in_sleep(world)

    assert world.said() == set()


def test_without_the_fence_its_late_write_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = speed.FENCED_WRITE.splitlines()
    fence = next(line for line in script if line.startswith("if reached ~= ARGV[1]"))
    unfenced = "\n".join(WITHOUT_FENCE if line == fence else line for line in script)
    monkeypatch.setattr(speed, "FENCED_WRITE", unfenced)

    overtaken_in_sleep(world)

    assert {"partition", "history"} <= world.said()


# Group offsets instead of position: killed between the write and the commit.


class ByGroup(SpeedStore):
    """A store whose workers begin where the group has committed, wherever it stands."""

    committed = 0

    def position(self, partition: int) -> Position:
        return replace(super().position(partition), next_offset=self.committed)

    def write(self, partition: int, change: Change) -> None:
        stands = super().position(partition).next_offset
        super().write(partition, replace(change, expected=stands))
        self.committed = change.position.next_offset


def begun_again(store: SpeedStore, at: list[Consumed]) -> None:
    """A worker that is killed after its first stretch; the next one begins where it should."""
    apply(store, FIRST)
    if isinstance(store, ByGroup):
        store.committed = at[0].offset
    stands = store.position(P).next_offset
    apply(store, [one for one in RECORDS if one.offset >= stands])


@pytest.mark.parametrize("at", [FIRST, SECOND], ids=["before", "after"])
def test_a_worker_that_was_killed_goes_on_where_its_writes_end(
    world: World, at: list[Consumed]
) -> None:
    begun_again(world.store(), at)

    assert world.said() == set()


def test_a_group_that_had_not_committed_yet_is_seen_by_what_counts_twice(world: World) -> None:
    begun_again(world.store(ByGroup), FIRST)

    assert "partition" in world.said()


def test_a_group_that_had_committed_too_early_is_seen_by_what_is_lost(world: World) -> None:
    begun_again(world.store(ByGroup), THIRD)

    assert {"partition", "history"} <= world.said()


# Increments: killed between adding to totals and moving the position.


class Adding(SpeedStore):
    """A store that adds to totals in a step of its own; it may be killed after that."""

    killed = False

    def write(self, partition: int, change: Change) -> None:
        for movie, total in change.totals.items():  # what was stored, and what is new
            self._client.hset(self._keys.movies(partition), movie, pack_total(total))
        if self.killed:
            raise Killed
        super().write(partition, replace(change, totals={}))


class Dying(SpeedStore):
    """The real store, whose worker is killed as it is about to write."""

    killed = False

    def write(self, partition: int, change: Change) -> None:
        if self.killed:
            raise Killed
        super().write(partition, change)


def killed_in_a_write(store: Adding | Dying, records: list[Consumed]) -> None:
    apply(store, records[:20])
    store.killed = True
    with suppress(Killed):
        apply(store, records[20:40])
    store.killed = False
    apply(store, records[20:])


@pytest.mark.parametrize(("kind", "wrong"), [(Dying, set()), (Adding, {"total"})])
def test_a_kill_is_seen_by_totals_that_were_added_twice_and_by_no_others(
    world: World, kind: type[Adding | Dying], wrong: set[str]
) -> None:
    ratings = consumed(*(rated(user, movie, at_ms=OLD_MS) for movie in range(1, 11)
                         for user in USERS))  # fmt: skip
    store = world.store(kind)
    assert isinstance(store, kind)

    killed_in_a_write(store, ratings)

    assert world.said(ratings) == wrong


# Another partitioner: records lie where only they look for them.


def test_a_partitioner_of_ones_own_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_crc32(user_id: int, partitions: int) -> int:
        return zlib.crc32(b"%d" % user_id) % partitions

    other = [u for u in range(1, 1000) if by_crc32(u, PARTITIONS) == P][:6]
    moved = [one._replace(record=replace(one.record, partition=P))
             for one in consumed(*any_events(50, other, valid=1))]  # fmt: skip
    monkeypatch.setattr(event_parser, "partition_of", by_crc32)

    apply(world.store(), moved)

    assert {"partition", "history"} <= world.said(moved)

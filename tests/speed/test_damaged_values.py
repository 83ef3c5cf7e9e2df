"""Whatever is damaged of a partition is made again from the event log, beside the others."""

from collections.abc import Callable

import pytest

from contracts.partitioner import partition_of
from contracts.redis_keys import Keys
from event_log import Storage, land
from harness.builders import AT_MS, PARTITIONS, consumed, log_rows, own_keys, rated
from redis_store.connection import Client, connect
from redis_store.speed import SpeedStore
from speed.partition_positions import MEND_EVERY_S
from tests.redis_store.redis_snapshot import everything
from tests.speed.stepped_job import P, Running

pytestmark = pytest.mark.integration

Plant = Callable[[Client, str], object]


def no_number(field: str) -> Plant:
    return lambda client, key: client.hset(key, field, "abc")


def bytes_of(value: bytes) -> Plant:
    return lambda client, key: client.set(key, value)


def another_type(client: Client, key: str) -> None:
    client.delete(key)
    client.lpush(key, "no value of ours")


def position(keys: Keys) -> str:
    return keys.position(P)


def rated_by_7(keys: Keys) -> str:
    return keys.rated(P, 7)


DAMAGES: list[tuple[Callable[[Keys], str], Plant]] = [
    (position, no_number("next")),
    (position, lambda client, key: client.hset(key, "next", 2**62)),
    (position, lambda client, key: client.hset(key, "next", "9" * 400)),
    (position, lambda client, key: client.hset(key, b"\xff", 1)),
    (position, lambda client, key: client.hdel(key, "next")),
    (position, lambda client, key: client.hdel(key, "applied")),
    (position, no_number("judged:0:likes")),
    (position, bytes_of(b"abc")),
    (rated_by_7, bytes_of(b"\xff\xfe")),
    (rated_by_7, another_type),
    (lambda keys: keys.movies(P), lambda client, key: client.hset(key, "10", b"zz")),
    (lambda keys: keys.movies(P), bytes_of(b"abc")),
    (lambda keys: keys.touched(P), bytes_of(b"abc")),
    (lambda keys: keys.owed(P), bytes_of(b"abc")),
    (lambda keys: keys.owed(P), lambda client, key: client.zadd(key, {"abc": 1})),
    (lambda keys: keys.owed(P), lambda client, key: client.zadd(key, {"7": float("inf")})),
]


class Mending:
    """A worker on Redis, which has applied what has landed of one partition."""

    def __init__(self, client: Client, log: Storage) -> None:
        neighbour = next(u for u in range(8, 100) if partition_of(u, PARTITIONS) == P)
        events = [rated(), rated(user_id=neighbour), rated(movie_id=20)]
        land(log, P, [log_rows(*events)])
        self.client, self.keys = client, own_keys()
        self.store = SpeedStore(client, self.keys)
        self.running = Running(log, *consumed(*events), store=self.store)
        self.running.activate(1, snapshot=0)
        self.running.consumer.offset = self.running.job.partitions.begin_at(P)
        self.make_owed_lists()

    def rate(self) -> None:
        (more,) = consumed(rated(movie_id=10, half_stars=2, at_ms=AT_MS + 1), first=3)
        self.running.consumer.records.append(more)

    def make_owed_lists(self) -> None:
        for _ in range(12):
            self.running.step()

    def everything(self) -> object:
        return everything(self.client, self.keys)


@pytest.fixture
def mending(redis_url: str, log: Storage) -> Mending:
    return Mending(connect(redis_url, timeout_s=5), log)


@pytest.mark.parametrize(("named", "plant"), DAMAGES)
def test_a_partition_with_a_damaged_value_is_made_again(
    mending: Mending, named: Callable[[Keys], str], plant: Plant
) -> None:
    sound = mending.everything()
    plant(mending.client, named(mending.keys))

    mending.running.step()
    mending.rate()
    mending.make_owed_lists()
    position = mending.store.position(P)

    assert (position.next_offset, position.applied) == (4, 4)
    assert mending.store.histories(P, [7])[7].ratings == {10: 2, 20: 8}
    assert mending.store.totals(P, [10])[10] == (0, 1, 0, 0, 0, 0, 0, 1, 0, 0)
    assert mending.store.owed(P, 10) == {}
    assert mending.running.said.damaged == ""
    assert sound != mending.everything()


def test_a_damaged_value_is_named_until_it_is_mended(mending: Mending) -> None:
    mending.client.hset(mending.keys.position(P), "next", "abc")

    mending.running.step()

    assert mending.running.said.damaged.startswith(mending.keys.position(P))


def test_what_is_damaged_again_and_again_is_not_loaded_all_the_time(mending: Mending) -> None:
    loads = 0
    for _ in range(int(MEND_EVERY_S) - 5):
        mending.client.hset(mending.keys.position(P), "next", "abc")
        mending.running.step()
        loads += mending.client.hget(mending.keys.position(P), "next") != b"abc"

    assert loads == 1


def test_a_list_that_is_damaged_is_made_with_the_next_event(mending: Mending) -> None:
    mending.client.set(mending.keys.foldin(P, 7), b"\xff")

    mending.rate()
    mending.make_owed_lists()

    assert mending.store.lists(P, [7])[7].next_offset == 4

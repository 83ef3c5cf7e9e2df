"""`reelstream speed rebuild`: what it forgets, and what it waits for."""

import itertools

import pytest

from redis_store.partition_position import Position
from redis_store.speed import Change
from speed.rebuild import STANDS_AT_MOST_S, NotReloaded, rebuilt
from tests.speed.fakes import FakeSpeedStore

ENDS = {0: 2, 1: 1}


@pytest.fixture
def store() -> FakeSpeedStore:
    """A store that is at the topic's end."""
    one = FakeSpeedStore()
    for partition, end in ENDS.items():
        one.write(partition, Change(0, Position(end, end)))
    return one


def test_workers_are_made_to_load_everything_and_waited_for(store: FakeSpeedStore) -> None:
    steps = [(0, 0, 1), (0, 1, 2), (1, 0, 1)]
    """What a worker writes while it is waited for: partition, from, to."""
    told: list[int] = []

    def worker(_: float) -> None:
        partition, before, after = steps.pop(0)
        store.write(partition, Change(before, Position(after, after)))

    rebuilt(store, ENDS, told.append, lambda: 0.0, worker)

    assert told == [0, 1, 2]
    assert {p: store.position(p).next_offset for p in ENDS} == ENDS


def test_nobody_is_waited_for_who_does_not_come(store: FakeSpeedStore) -> None:
    clock = itertools.count(step=STANDS_AT_MOST_S / 10)

    with pytest.raises(NotReloaded, match="0 of 3 records have been applied, and no more follow"):
        rebuilt(store, ENDS, lambda _: None, lambda: float(next(clock)), lambda _: None)


def test_an_empty_topic_needs_no_worker() -> None:
    rebuilt(FakeSpeedStore(), {0: 0, 1: 0}, lambda _: None, lambda: 0.0, lambda _: None)

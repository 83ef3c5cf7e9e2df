"""Where partitions stand, whatever the store has lost and whoever has taken them."""

import copy

import pytest

from event_log import Storage, land
from harness.builders import consumed, log_rows, rated
from harness.eventually import eventually
from redis_store.partition_position import Position
from redis_store.speed import Change
from speed.parse_and_merge import OffsetGap
from tests.speed.stepped_job import P, Start


def test_a_worker_that_was_overtaken_reads_on_from_the_position(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20), rated(movie_id=30)))
    running.store.write(P, Change(0, Position(2, 2)))

    running.step()
    running.step()

    assert running.store.position(P) == Position(3, 3)


def test_an_offset_that_the_topic_does_not_hold_is_loud(start: Start) -> None:
    running = start(*consumed(rated(), first=5))

    running.step()  # seeks to where the position stands

    with pytest.raises(OffsetGap, match="has no offset 0"):
        running.step()


def test_a_worker_sees_by_itself_that_its_store_was_emptied(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20)))
    running.step()
    running.store.empty()

    running.step()
    running.step()

    assert running.store.position(P) == Position(2, 2)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20}


def test_a_worker_reads_again_what_a_restored_store_lacks(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20), rated(movie_id=30)))
    running.consumer.records, last = running.consumer.records[:2], running.consumer.records[2]
    running.step()
    restored = copy.deepcopy(running.store)
    running.consumer.records.append(last)
    running.step()
    running.store.take_over(restored)

    running.step()
    running.step()

    assert running.store.position(P) == Position(3, 3)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20, 30}


def test_where_the_store_has_not_gone_back_nothing_is_read_again(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20)))
    running.step()

    running.step()

    assert running.consumer.sought == []


def test_what_the_event_log_has_is_not_read_from_the_topic_again(
    start: Start, log: Storage
) -> None:
    events = [rated(), rated(movie_id=20), rated(movie_id=30)]
    land(log, P, [log_rows(*events[:2])])
    running = start(*consumed(*events))
    running.consumer.offset = running.job.partitions.begin_at(P)

    def all_applied() -> bool:
        running.step()
        return running.store.position(P).next_offset == 3

    eventually(all_applied, 10, "three records applied", every_s=0)

    assert running.store.position(P) == Position(3, 3)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20, 30}
    assert set(running.consumer.sought) == {2}


def test_a_load_that_another_has_overtaken_begins_anew(start: Start, log: Storage) -> None:
    land(log, P, [log_rows(rated(), rated(movie_id=20))])
    running = start()
    running.job.partitions.begin_at(P)
    running.step()

    running.store.begin_load(P, -77)
    for _ in range(6):
        running.step()

    assert running.store.position(P) == Position(2, 2)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20}


def test_nothing_is_loaded_of_a_partition_that_was_taken_away(start: Start, log: Storage) -> None:
    land(log, P, [log_rows(rated())])
    running = start()
    running.job.partitions.begin_at(P)

    running.consumer.taken_away = True
    running.step()

    assert running.store.histories(P, [7])[7].entries == {}


def test_a_partition_that_came_while_the_store_was_away_begins_at_its_position(
    start: Start,
) -> None:
    running = start(*consumed(rated(), rated(movie_id=20)))
    running.store.write(P, Change(0, Position(1, 1)))
    running.store.away_for = 1
    running.consumer.offset = running.job.partitions.begin_at(P)

    running.run(2)

    assert running.consumer.sought == [1]
    assert running.store.position(P) == Position(2, 2)

"""The loop: following, settling, saying how it goes."""

import pytest

from contracts.active_version import Active
from contracts.latency_histogram import bucket_of
from contracts.partitioner import partition_of
from contracts.process_status import SpeedStatus
from event_log import Storage, land
from harness.builders import AT_MS, PARTITIONS, consumed, history, log_rows, rated
from redis_store.partition_position import Position
from redis_store.speed import Change
from redis_store.topic import ForeignStore
from speed.job import BACKLOG, SETTLE
from tests.speed.stepped_job import P, Start


def test_without_a_model_the_list_is_owed_and_made_when_one_is_active(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.step()
    owed = running.store.owed(P, 10)

    running.activate(1, snapshot=0)
    running.step()

    assert (owed, running.store.owed(P, 10)) == ({7: 0}, {})
    assert running.store.lists(P, [7])[7].version == 1


def test_a_version_is_told_in_the_log_once(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    running = start()
    caplog.set_level("INFO", "speed")
    running.activate(1, snapshot=0)

    for _ in range(2):
        running.step()
        running.job.partitions.renewed = True  # as after a partition that was loaded

    assert [one.message for one in caplog.records] == ["making lists with version 1"]


def test_partitions_settle_their_debts_in_turn(start: Start) -> None:
    running, other = start(), (P + 1) % PARTITIONS
    running.consumer.others = [other]
    for partition in (P, other):
        owed = {user: 0 for user in range(SETTLE + 1)}
        histories = {user: history({10: 10}) for user in owed}
        change = Change(0, Position(1, 1), histories=histories, touched=owed, owed=owed)
        running.store.write(partition, change)
    running.activate(1, snapshot=0)

    left = []
    for _ in range(4):
        running.step()
        left.append({len(running.store.owed(p, 100)) for p in (P, other)})

    assert left == [{1, SETTLE + 1}, {1}, {0, 1}, {0}]


def test_a_debt_that_the_snapshot_covers_is_forgotten(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.step()

    running.activate(1, snapshot=1)
    running.step()

    assert running.store.owed(P, 10) == {}
    assert running.store.lists(P, [7]) == {}


def test_under_a_backlog_lists_are_owed(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.activate(1, snapshot=0)
    running.consumer.behind_by = BACKLOG + 1

    running.step()

    assert running.store.owed(P, 10) == {7: 0}


def test_what_is_read_again_is_neither_told_nor_measured_twice(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10), rated(movie_id=20)))
    running.activate(1, snapshot=0)
    running.step()
    told = running.said
    running.store.empty()

    running.step()
    running.step()
    owed = running.store.owed(P, 10)
    running.step()

    assert owed == {7: 1}
    assert running.said == told
    assert running.store.lists(P, [7])[7].next_offset == 2


def test_a_version_that_an_emptied_store_got_anew_is_followed(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.activate(1, snapshot=1)
    running.step()

    running.versions.pointer = Active(1, 2, None, {P: 0}, {P: 0}, AT_MS + 1)
    running.step()

    assert running.job.model.live
    assert running.job.model.live.active.version == 2
    assert running.store.lists(P, [7])[7].version == 2


def test_a_partition_that_was_loaded_owes_lists_to_those_past_the_snapshot(
    start: Start, log: Storage
) -> None:
    other = next(u for u in range(8, 100) if partition_of(u, PARTITIONS) == P)
    land(log, P, [log_rows(rated(half_stars=10), rated(user_id=other, half_stars=10))])
    running = start()
    running.activate(1, snapshot=1)
    running.job.partitions.begin_at(P)

    for _ in range(6):
        running.step()

    assert running.store.owed(P, 10) == {}
    assert running.store.lists(P, [7, other]).keys() == {other}


def test_a_heartbeat_says_how_it_goes_in_each_partition(start: Start) -> None:
    running = start(*consumed(rated()))
    running.activate(1, snapshot=0)
    running.consumer.behind_by = 3

    running.step()

    assert running.said == SpeedStatus(
        AT_MS, "http://127.0.0.1:1/metrics", "", behind={P: 3}, fresh={(P, bucket_of(0)): 1}
    )


def test_a_worker_says_nothing_of_a_partition_that_was_taken_away(start: Start) -> None:
    running = start()
    running.step()
    before = running.said

    running.consumer.taken_away = True
    running.step()

    assert P in before.behind
    assert P not in running.said.behind


def test_a_worker_that_was_told_to_stop_says_nothing_any_more(start: Start) -> None:
    running = start()

    running.run(1)

    assert running.said == SpeedStatus()


def test_prometheus_is_told_where_each_partition_stands(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10), rated(movie_id=20)))
    running.consumer.behind_by = 3

    running.step()

    assert running.value("applied_offset", partition=str(P)) == 2
    assert running.value("offsets_behind", partition=str(P)) == 3
    assert running.value("lists_owed", partition=str(P)) == 1


def test_prometheus_is_told_which_version_is_followed(start: Start) -> None:
    running = start()
    before = running.value("active_version")

    running.activate(1, snapshot=0)
    running.step()

    assert (before, running.value("active_version")) == (0, 1)


def test_a_partition_that_is_loaded_stands_nowhere_yet_but_gets_on(
    start: Start, log: Storage
) -> None:
    land(log, P, [log_rows(rated(), rated(movie_id=20))])
    running = start()
    running.job.partitions.begin_at(P)
    running.consumer.behind_by = 3

    running.step()

    assert running.value("applied_offset", partition=str(P)) == 0
    assert running.value("seconds_since_progress") == 0


def test_a_worker_that_is_behind_and_applies_nothing_does_not_get_on(start: Start) -> None:
    running = start()
    running.consumer.behind_by = 3

    running.step()
    running.step()

    assert running.value("seconds_since_progress") == 2


def test_the_store_is_claimed_before_anything_is_written_and_again_each_second(
    start: Start,
) -> None:
    running = start(*consumed(rated()))

    def refuse() -> None:
        raise ForeignStore("of another topic")

    running.job.claim = refuse
    with pytest.raises(ForeignStore):
        running.step()
    assert running.store.position(P).next_offset == 0

    running.job.claim = running.claim
    running.run(3)
    for _ in range(3):
        running.step()
    assert running.claims == 4

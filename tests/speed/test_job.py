"""The loop, on a consumer and stores in memory."""

import copy
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from prometheus_client import CollectorRegistry

from contracts.artefact import Model
from contracts.clients import Consumed, NoBroker
from contracts.eventlog import Place, land
from contracts.histograms import bucket_of
from contracts.store.connection import StoreError
from contracts.store.speed import Change, Position
from contracts.store.versions import Active, VersionStore
from contracts.topics import partition_of
from speed.change import OffsetGap
from speed.freshness import Freshness
from speed.job import BACKLOG, SETTLE, Job
from speed.metrics import Metrics
from speed.models import ActiveModel
from speed.patience import FIRST_PAUSE_S, GIVES_UP_AFTER_S, LONGEST_PAUSE_S
from speed.places import Places
from speed.worker import Worker
from tests.builders import AT_MS, PARTITIONS, consumed, history, log_rows, model, rated
from tests.speed.fakes import FakeSpeedStore, FakeStatus

P = partition_of(7, PARTITIONS)


class OnePartition:
    """A consumer of one partition that holds these records."""

    def __init__(self, records: Sequence[Consumed]) -> None:
        self.records = list(records)
        self.place = 0
        self.behind_by = 0
        self.taken_away = False
        self.sought: list[int] = []
        self.others: list[int] = []

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        some = [one for one in self.records if one.offset >= self.place][:limit]
        self.place = some[-1].offset + 1 if some else self.place
        return {P: some} if some else {}

    def assigned(self) -> list[int]:
        return [] if self.taken_away else [P, *self.others]

    def seek(self, partition: int, offset: int) -> None:
        self.place = offset
        self.sought.append(offset)

    def behind(self, partition: int) -> int:
        return self.behind_by

    def show_progress(self) -> None:
        pass

    def close(self) -> None:
        pass


class OneVersion(VersionStore):
    """A store whose active version can be changed."""

    def __init__(self) -> None:
        self.pointer: Active | None = None

    def active(self) -> Active | None:
        return self.pointer

    def model(self, version: int) -> Model:
        return model()


class Interrupted(FakeSpeedStore):
    """A store that is away for some calls of `position`."""

    def __init__(self) -> None:
        super().__init__()
        self.away_for = 0

    def position(self, partition: int) -> Position:
        if self.away_for:
            self.away_for -= 1
            raise StoreError("away")
        return super().position(partition)


class Running:
    """A job with what it works on; every step is a second."""

    def __init__(self, log: Place, *records: Consumed) -> None:
        self.consumer, self.store = OnePartition(records), Interrupted()
        self.versions, self.now = OneVersion(), 0.0
        self.kafka_listens, self.slept = True, list[float]()
        self.registry = CollectorRegistry()
        status, freshness = FakeStatus(), Freshness()
        metrics = Metrics(self.registry, lambda: self.now)
        worker = Worker(self.store, status, freshness, metrics, PARTITIONS, lambda: AT_MS)
        active = ActiveModel(self.versions, lambda: self.now)
        self.job = Job(
            Places(self.consumer, self.store, log),
            worker,
            active,
            status,
            freshness,
            metrics,
            "http://127.0.0.1:1/metrics",
            lambda: self.kafka_listens,
            lambda: self.now,
            self.sleep,
            lambda: AT_MS,
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def step(self) -> None:
        self.now += 1
        self.job.step()

    def activate(self, activation: int, snapshot: int) -> None:
        self.versions.pointer = Active(activation, 1, None, {P: snapshot}, {P: snapshot}, AT_MS)

    @property
    def said(self) -> dict[str, str]:
        """What the status says."""
        return dict(self.job.status.read("speed"))

    def value(self, name: str, **labels: str) -> float | None:
        """What Prometheus is told."""
        return self.registry.get_sample_value(f"reelstream_speed_{name}", labels)


Start = Callable[..., Running]


@pytest.fixture
def start(log: Place) -> Start:
    """Starts a job on these records of one partition, with this event log."""
    return partial(Running, log)


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


def test_without_a_model_the_list_is_owed_and_made_when_one_is_active(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.step()
    owed = running.store.owed(P, 10)

    running.activate(1, snapshot=0)
    running.step()

    assert (owed, running.store.owed(P, 10)) == ({7: 0}, {})
    assert running.store.lists(P, [7])[7].version == 1


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


def test_a_worker_sees_by_itself_that_its_store_was_emptied(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20)))
    running.step()
    running.store.empty()

    running.step()
    running.step()

    assert running.store.position(P) == Position(2, 2)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20}


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


def test_a_version_that_an_emptied_store_got_anew_is_followed(start: Start) -> None:
    running = start(*consumed(rated(half_stars=10)))
    running.activate(1, snapshot=1)
    running.step()

    running.versions.pointer = Active(1, 2, None, {P: 0}, {P: 0}, AT_MS + 1)
    running.step()

    assert running.job.model.live
    assert running.job.model.live.active.version == 2
    assert running.store.lists(P, [7])[7].version == 2


def test_what_the_event_log_has_is_not_read_from_the_topic_again(start: Start, log: Place) -> None:
    events = [rated(), rated(movie_id=20), rated(movie_id=30)]
    land(log, P, [log_rows(*events[:2])])
    running = start(*consumed(*events))
    running.consumer.place = running.job.places.begin_at(P)

    while running.store.position(P).next_offset < 3:
        running.step()

    assert running.store.position(P) == Position(3, 3)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20, 30}
    assert set(running.consumer.sought) == {2}


def test_a_partition_that_was_loaded_owes_lists_to_those_past_the_snapshot(
    start: Start, log: Place
) -> None:
    other = next(u for u in range(8, 100) if partition_of(u, PARTITIONS) == P)
    land(log, P, [log_rows(rated(half_stars=10), rated(user_id=other, half_stars=10))])
    running = start()
    running.activate(1, snapshot=1)
    running.job.places.begin_at(P)

    for _ in range(6):
        running.step()

    assert running.store.owed(P, 10) == {}
    assert running.store.lists(P, [7, other]).keys() == {other}


def test_a_load_that_another_has_overtaken_begins_anew(start: Start, log: Place) -> None:
    land(log, P, [log_rows(rated(), rated(movie_id=20))])
    running = start()
    running.job.places.begin_at(P)
    running.step()

    running.store.begin_load(P, -77)
    for _ in range(6):
        running.step()

    assert running.store.position(P) == Position(2, 2)
    assert running.store.histories(P, [7])[7].entries.keys() == {10, 20}


def test_nothing_is_loaded_of_a_partition_that_was_taken_away(start: Start, log: Place) -> None:
    land(log, P, [log_rows(rated())])
    running = start()
    running.job.places.begin_at(P)

    running.consumer.taken_away = True
    running.step()

    assert running.store.histories(P, [7])[7].entries == {}


def run(running: Running, steps: int) -> None:
    """The loop, as a process runs it, for so many steps."""
    left = iter(range(steps))
    running.job.run(lambda: next(left, None) is None)


def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20), rated(movie_id=30)))
    running.store.away_for = 3

    run(running, 6)

    assert running.store.position(P) == Position(3, 3)
    assert running.slept[:2] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]


def test_a_store_that_stays_away_ends_the_process(start: Start) -> None:
    running = start(*consumed(rated()))
    running.store.away_for = 10**6

    with pytest.raises(StoreError):
        run(running, 10**6)

    assert GIVES_UP_AFTER_S < running.now < GIVES_UP_AFTER_S + 2 * LONGEST_PAUSE_S


def test_a_partition_that_came_while_the_store_was_away_begins_at_its_position(
    start: Start,
) -> None:
    running = start(*consumed(rated(), rated(movie_id=20)))
    running.store.write(P, Change(0, Position(1, 1)))
    running.store.away_for = 1
    running.consumer.place = running.job.places.begin_at(P)

    run(running, 2)

    assert running.consumer.sought == [1]
    assert running.store.position(P) == Position(2, 2)


def test_kafka_that_stays_away_ends_the_process(start: Start) -> None:
    running = start()
    running.kafka_listens = False

    with pytest.raises(NoBroker):
        run(running, 10**6)

    assert GIVES_UP_AFTER_S < running.now < GIVES_UP_AFTER_S + 2 * LONGEST_PAUSE_S


def test_kafka_that_comes_back_in_time_does_not(start: Start) -> None:
    running = start()
    running.kafka_listens = False
    run(running, 3)
    running.kafka_listens = True

    run(running, 3)

    assert running.said[f"behind:{P}"] == "0"


def test_a_heartbeat_says_how_it_goes_in_each_partition(start: Start) -> None:
    running = start(*consumed(rated()))
    running.activate(1, snapshot=0)
    running.consumer.behind_by = 3

    running.step()

    assert running.said == {
        "heartbeat_ms": str(AT_MS),
        "metrics": "http://127.0.0.1:1/metrics",
        f"behind:{P}": "3",
        f"fresh:{P}:{bucket_of(0)}": "1",
    }


def test_a_worker_says_nothing_of_a_partition_that_was_taken_away(start: Start) -> None:
    running = start()
    running.step()
    running.job.status.write("speed", {f"behind:{P}": 7})

    running.consumer.taken_away = True
    running.step()

    assert running.said[f"behind:{P}"] == "7"


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
    start: Start, log: Place
) -> None:
    land(log, P, [log_rows(rated(), rated(movie_id=20))])
    running = start()
    running.job.places.begin_at(P)
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

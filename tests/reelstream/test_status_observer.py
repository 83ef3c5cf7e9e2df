"""What `reelstream status` says of a system: its processes, its progress, and what is wrong."""

import os
import subprocess

import pytest
from rich.console import Console

from contracts import artefact
from contracts.artefact import Manifest
from contracts.catalogue import Catalogue, save
from contracts.clock import now_ms
from contracts.process_status import (
    ApiStatus,
    BatchStatus,
    ProcessStatus,
    QueryStatus,
    SpeedStatus,
    StreamingStatus,
)
from contracts.run_record import Process, Running
from contracts.settings import Settings
from contracts.topics import Identity
from harness.builders import identity, model
from redis_store.connection import connect
from redis_store.partition_position import Position
from redis_store.speed import Change, SpeedStore
from redis_store.status import StatusStore, id_of
from redis_store.topic import TopicStore
from redis_store.versions import VersionStore
from reelstream.status_observer import observer
from reelstream.status_types import LiveQuality, Status
from reelstream.status_view import drawn

pytestmark = pytest.mark.integration


def as_text(status: Status) -> str:
    """The status as people see it."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(drawn(status))
    return captured.get()


def status_of(settings: Settings, processes: list[Process]) -> Status:
    """The status of these processes."""
    running = Running("up", 0, settings.model_dump(mode="json"), processes)
    return observer(settings, running, now_ms()).status()


def spoken(settings: Settings, *statuses: ProcessStatus) -> None:
    client = connect(settings.redis_url, timeout_s=5)
    for one in statuses:
        StatusStore(client, settings.keys).write(one)


def worker(settings: Settings, worker_id: str, silent_ms: int, *partitions: int) -> None:
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    said = SpeedStatus(now_ms() - silent_ms, behind=dict.fromkeys(partitions, 1))
    status.write_worker(worker_id, said)


def query(settings: Settings, stands_ms: int, behind: int) -> None:
    status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    at_ms = now_ms() - stands_ms
    status.write_query(QueryStatus("log", at_ms, behind, 7, at_ms, rows=50, duration_ms=400))


def test_a_process_that_speaks_is_well(settings: Settings) -> None:
    spoken(settings, SpeedStatus(now_ms()))
    me = Process("speed", os.getpid(), now_ms() - 60_000, 2)

    (one,) = status_of(settings, [me]).processes

    assert (one.running, one.restarts, one.up_s) == (True, 2, 60)
    assert one.resident_mb
    assert one.spoke_s_ago is not None


def test_it_is_wrong_that_ratings_cannot_be_written(settings: Settings) -> None:
    spoken(settings, ApiStatus(now_ms(), trouble="cannot write: Kafka …"))

    assert "api cannot write: Kafka …" in status_of(settings, []).wrong


def test_a_process_that_has_fallen_silent_is_wrong(settings: Settings) -> None:
    spoken(settings, SpeedStatus(now_ms() - 60_000))
    me = Process("speed", os.getpid(), now_ms() - 90_000, 0)

    assert "speed has not reported for 60 s" in status_of(settings, [me]).wrong


def test_each_worker_of_the_speed_layer_is_shown(settings: Settings) -> None:
    worker(settings, "host-2", 0, 1, 3)
    worker(settings, "host-1", 1000, 0, 2)

    seen = status_of(settings, [])

    assert [one.worker for one in seen.workers] == ["host-1", "host-2"]
    assert "speed worker host-2  partitions 1, 3, behind 2, reported" in as_text(seen)
    assert seen.behind["lists"] == 4


def test_a_worker_that_has_fallen_silent_is_wrong_beside_one_that_speaks(
    settings: Settings,
) -> None:
    worker(settings, "host-1", 60_000, 0, 1)
    worker(settings, "host-2", 0, 2, 3)

    wrong = status_of(settings, []).wrong

    assert "speed worker host-1 has not reported for 60 s" in wrong
    assert not any("host-2" in one for one in wrong)


def test_a_worker_of_this_machine_that_has_ended_is_left_out(settings: Settings) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    worker(settings, id_of(ended.pid), 60_000)
    worker(settings, "host-2", 0)
    seen = status_of(settings, [])

    assert not any("worker" in one for one in seen.wrong)
    assert [one.worker for one in seen.workers] == ["host-2"]


def test_a_runs_own_worker_is_its_process(settings: Settings) -> None:
    worker(settings, id_of(os.getpid()), 60_000)
    worker(settings, "host-2", 0)
    me = Process("speed", os.getpid(), now_ms() - 90_000, 0)

    seen = status_of(settings, [me])

    assert [one for one in seen.wrong if "speed" in one] == ["speed has not reported for 60 s"]


def test_a_trainer_that_trains_may_be_silent(settings: Settings) -> None:
    spoken(settings, BatchStatus(now_ms() - 60_000, "learning"))
    me = Process("batch", os.getpid(), now_ms() - 90_000, 0)

    assert not any("batch" in one for one in status_of(settings, [me]).wrong)


def test_a_query_that_gets_on_is_well(settings: Settings) -> None:
    query(settings, 2_000, behind=5)

    seen = status_of(settings, [])

    (one,) = seen.queries
    assert (one.name, one.batch, one.rows, one.duration_ms) == ("log", 7, 50, 400)
    assert one.committed_s_ago is not None
    assert not any("query" in line for line in seen.wrong)


def test_a_query_that_is_behind_and_stands_is_wrong(settings: Settings) -> None:
    query(settings, 90_000, behind=5)

    assert "query log of streaming has made no progress for 90 s" in status_of(settings, []).wrong


def test_a_query_that_has_nothing_to_read_may_stand(settings: Settings) -> None:
    query(settings, 90_000, behind=0)

    assert not any("query" in line for line in status_of(settings, []).wrong)


def test_it_says_how_good_the_lists_are(settings: Settings) -> None:
    store = SpeedStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    TopicStore(connect(settings.redis_url, timeout_s=5), settings.keys).claim(identity())
    judged = (
        {"hour:likes": 3, "hour:live": 1, "minute:live": 9},
        {"longer:likes": 5, "longer:live": 3, "longer:popular": 1},
    )
    for partition, counts in enumerate(judged):
        store.write(partition, Change(0, Position(1, 1, judged=counts)))

    seen = status_of(settings, [])

    assert seen.quality == LiveQuality(likes=8, live=0.5, frozen=0.0, popular=0.125)
    assert (
        "50.0% of 8 likes made more than a minute after the previous rating; "
        "as published 0.0%, popular 12.5%"
    ) in as_text(seen)


@pytest.mark.parametrize("held", [True, False])
def test_it_says_whether_the_model_is_held(settings: Settings, held: bool) -> None:
    versions = VersionStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    versions.activate(3, {0: 1}, 3, now_ms(), held=held)

    seen = status_of(settings, [])

    assert seen.model_held is held
    assert ("held until `reelstream batch release`" in as_text(seen)) is held


def test_records_behind_are_those_of_all_partitions(settings: Settings) -> None:
    client = connect(settings.redis_url, timeout_s=5)
    fields = {"behind": 100, "behind:0": 3, "behind:2": 4}  # one of them an earlier version's
    client.hset(settings.keys.status("speed"), mapping=fields)

    assert status_of(settings, []).behind == {"lists": 7, "log": None, "trends": None}


def test_it_says_where_metrics_are(settings: Settings) -> None:
    spoken(settings, StreamingStatus(metrics="http://127.0.0.1:1/metrics"))
    spoken(settings, SpeedStatus(now_ms()))

    seen = status_of(settings, [])

    assert seen.metrics == {"streaming": "http://127.0.0.1:1/metrics"}
    assert "http://127.0.0.1:1/metrics" in as_text(seen)


def test_it_says_what_redis_has_lost(settings: Settings) -> None:
    one = model()
    topic = Identity("cluster", "topic", 1)
    manifest = Manifest(1, topic, {}, one.parameters, {}, "promoted", "0", 0, {})
    artefact.save(settings.artefacts, manifest, dict(one.arrays()))
    save(settings.catalogue, Catalogue([], []))

    wrong = status_of(settings, []).wrong

    assert any("no version is active in Redis" in line for line in wrong)
    assert "no catalogue in Redis: write it with `reelstream rebuild`" in wrong


def test_before_anything_was_made_nothing_is_lost(settings: Settings) -> None:
    assert not [line for line in status_of(settings, []).wrong if "in Redis" in line]


def test_a_process_that_waits_to_be_started_again_is_down(settings: Settings) -> None:
    waiting = Process("speed", None, now_ms(), 3)

    assert "speed is not running" in status_of(settings, [waiting]).wrong


def test_services_that_do_not_answer_are_wrong(settings: Settings) -> None:
    nowhere = {"kafka": "127.0.0.1:1", "redis_url": "redis://127.0.0.1:1/0"}

    wrong = status_of(settings.model_copy(update=nowhere), []).wrong

    assert wrong[:2] == ["Redis does not answer", "Kafka does not answer"]

"""Saying something: into Kafka, acknowledged, visible."""

from dataclasses import replace

import pytest

from api.app import create_app
from api.services import CannotWrite, Clock
from api.status_heartbeat import Heartbeat
from contracts.event_parser import Record, parse
from contracts.events import Kind, encode
from contracts.histories import DISMISSED, RETRACTED
from contracts.partitioner import partition_of
from contracts.process_status import ApiStatus
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import StoreError
from tests.api.builders import history
from tests.api.client import ask, ask_app, get
from tests.api.fakes import (
    NOW_MS,
    PARTITIONS,
    FakeReader,
    FakeSource,
    FakeStatus,
    FakeWriter,
    World,
)

ALIEN = {"movie_id": 1, "rating": 4.5}


def test_a_rating_is_answered_with_its_place_in_kafka() -> None:
    world = World()

    answer = ask(world, "POST", "/users/7/ratings", ALIEN)

    event = world.writer.events[0]
    place = {"event_id": event.event_id, "partition": partition_of(7, PARTITIONS), "offset": 0}
    assert (answer.status_code, answer.json()) == (201, place)


def test_the_event_sent_is_one_that_the_strict_parser_takes() -> None:
    world = World()

    ask(world, "POST", "/users/7/ratings", ALIEN)

    event = world.writer.events[0]
    record = Record(b"7", partition_of(7, PARTITIONS), encode(event), NOW_MS)
    assert parse(record, PARTITIONS) == event
    assert (event.kind, event.half_stars, event.rated_at_ms) == (Kind.rated, 9, NOW_MS)


def test_taking_back_sends_a_retraction() -> None:
    world = World()

    answer = ask(world, "DELETE", "/users/7/ratings/1")

    assert answer.status_code == 201
    assert (world.writer.events[0].kind, world.writer.events[0].half_stars) == (
        Kind.retracted,
        None,
    )


def test_waiting_ends_when_the_position_has_passed_the_offset() -> None:
    world = World(FakeReader(positions=[0, 0, 1]))

    answer = ask(world, "POST", "/users/7/ratings?wait=visible", ALIEN).json()

    assert (answer["visible"], answer["milliseconds"]) == (True, 4)


def test_waiting_ends_when_the_server_stops() -> None:
    services = replace(World().services(), stopping=lambda: True)

    answer = ask_app(create_app(services), "POST", "/users/7/ratings?wait=visible", ALIEN)

    assert (answer.status_code, answer.json()["visible"]) == (201, False)
    assert answer.json()["milliseconds"] < 100


def test_a_damaged_position_ends_the_wait() -> None:
    world = World(FakeReader(trouble=CorruptValue("position:1")))

    answer = ask(world, "POST", "/users/7/ratings?wait=visible", ALIEN)

    assert (answer.status_code, answer.json()["visible"]) == (201, False)


@pytest.mark.slow
def test_waiting_gives_up_after_five_seconds() -> None:
    answer = ask(World(), "POST", "/users/7/ratings?wait=visible", ALIEN)

    assert answer.status_code == 201
    assert answer.json()["visible"] is False
    assert 5000 <= answer.json()["milliseconds"] < 5010


def test_a_rating_is_accepted_while_the_store_is_away() -> None:
    world = World(FakeReader(trouble=StoreError("away")))

    answer = ask(world, "POST", "/users/7/ratings?wait=visible", ALIEN)

    assert (answer.status_code, answer.json()["visible"]) == (201, False)


@pytest.mark.parametrize(
    ("writer", "detail"),
    [
        (FakeWriter(refusal=CannotWrite("it was not sent")), "it was not sent"),
        (
            FakeWriter(loss=ConnectionError("no broker")),
            "Kafka did not acknowledge it; it may still arrive",
        ),
    ],
)
def test_kafka_away_is_a_503_that_says_when_to_come_back(writer: FakeWriter, detail: str) -> None:
    answer = ask(World(writer=writer), "POST", "/users/7/ratings", ALIEN)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {"detail": detail}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"movie_id": 1},
        {"movie_id": 1, "rating": 0},
        {"movie_id": 1, "rating": 5.5},
        {"movie_id": 1, "rating": 4.3},
        {"movie_id": 1, "rating": "4"},
        {"movie_id": 1, "rating": True},
        {"movie_id": "1", "rating": 4},
        {"movie_id": 1.0, "rating": 4},
        {"movie_id": 0, "rating": 4},
        {"movie_id": 2**31, "rating": 4},
        {"movie_id": 1, "rating": 4, "user_id": 8},
    ],
)
def test_a_body_that_is_no_rating_is_refused(body: object) -> None:
    world = World()

    assert ask(world, "POST", "/users/7/ratings", body).status_code == 422
    assert world.writer.events == []


ABOUT_A_STRANGE_MOVIE = [
    ("POST", "/users/7/ratings", {"movie_id": 777_777, "rating": 4}),
    ("DELETE", "/users/7/ratings/777777", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ABOUT_A_STRANGE_MOVIE)
def test_nothing_is_said_of_a_movie_that_nobody_knows(method: str, path: str, body: object) -> None:
    world = World()

    answer = ask(world, method, path, body)

    assert (answer.status_code, answer.json()) == (404, {"detail": "no such movie"})
    assert world.writer.events == []


@pytest.mark.parametrize(("method", "path", "body"), ABOUT_A_STRANGE_MOVIE)
def test_without_a_catalogue_any_movie_may_be_rated(method: str, path: str, body: object) -> None:
    world = World(source=FakeSource(None))

    assert ask(world, method, path, body).status_code == 201


def test_own_ratings_are_listed_newest_first_with_titles() -> None:
    said = history({1: 9, 2: RETRACTED, 3: DISMISSED, 4: 4})
    world = World(FakeReader(histories={7: said}))

    answer = get(world, "/users/7/ratings?limit=1")

    assert answer["total"] == 2
    assert [(item["title"], item["rating"]) for item in answer["items"]] == [("Speed", 2.0)]


@pytest.mark.parametrize(
    ("trouble", "detail"),
    [
        (StoreError("10.0.0.1:6379"), "the store does not answer"),
        (CorruptValue("history of 3 bytes"), "a stored value is damaged"),
    ],
)
def test_own_ratings_are_a_503_when_they_cannot_be_read(trouble: Exception, detail: str) -> None:
    answer = ask(World(FakeReader(trouble=trouble)), "GET", "/users/7/ratings")

    assert (answer.status_code, answer.json()) == (503, {"detail": detail})


def test_a_visitor_gets_an_id_above_those_of_data_sets() -> None:
    answer = ask(World(), "POST", "/visitors")

    assert answer.status_code == 201
    assert 1_000_000_000 <= answer.json()["user_id"] < 2**31


def test_the_count_of_accepted_ratings_survives_a_restart() -> None:
    status = FakeStatus({"api": ApiStatus(accepted=41)})
    heartbeat = Heartbeat(status, Clock(now_ms=lambda: NOW_MS))
    heartbeat.count()

    heartbeat.beat()

    assert status.written["api"] == ApiStatus(NOW_MS, 42)


def test_ratings_accepted_while_the_store_was_away_are_counted_later() -> None:
    status = FakeStatus({"api": ApiStatus(accepted=41)}, trouble=StoreError("away"))
    heartbeat = Heartbeat(status, Clock(now_ms=lambda: NOW_MS))
    heartbeat.count()
    with pytest.raises(StoreError):
        heartbeat.beat()

    status.trouble = None
    heartbeat.beat()

    assert status.written["api"] == ApiStatus(NOW_MS, 42)


def test_an_acknowledged_rating_is_counted_and_a_failed_one_is_not() -> None:
    world = World()
    app = create_app(world.services())
    for loss in (None, ConnectionError("no broker")):
        world.writer.loss = loss
        ask_app(app, "POST", "/users/7/ratings", ALIEN)

    app.state.dependencies.heartbeat.beat()

    assert world.status.read(ApiStatus).accepted == 1

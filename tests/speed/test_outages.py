"""A worker whose Redis or Kafka is away for a while, and for too long."""

import pytest

from harness.builders import consumed, rated
from kafka_clients import NoBroker
from redis_store.connection import StoreError
from redis_store.partition_position import Position
from redis_store.retry import FIRST_PAUSE_S, GIVES_UP_AFTER_S, LONGEST_PAUSE_S
from tests.speed.stepped_job import P, Start


def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost(start: Start) -> None:
    running = start(*consumed(rated(), rated(movie_id=20), rated(movie_id=30)))
    running.store.away_for = 3

    running.run(6)

    assert running.store.position(P) == Position(3, 3)
    assert running.slept[:2] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]


def test_a_store_that_stays_away_ends_the_process(start: Start) -> None:
    running = start(*consumed(rated()))
    running.store.away_for = 10**6

    with pytest.raises(StoreError):
        running.run(10**6)

    assert GIVES_UP_AFTER_S < running.now < GIVES_UP_AFTER_S + 2 * LONGEST_PAUSE_S


def test_kafka_that_stays_away_ends_the_process(start: Start) -> None:
    running = start()
    running.kafka_listens = False

    with pytest.raises(NoBroker):
        running.run(10**6)

    assert GIVES_UP_AFTER_S < running.now < GIVES_UP_AFTER_S + 2 * LONGEST_PAUSE_S


def test_kafka_that_comes_back_in_time_does_not(start: Start) -> None:
    running = start()
    running.kafka_listens = False
    running.run(3)
    running.kafka_listens = True

    running.run(3)

    assert running.value("offsets_behind", partition=str(P)) == 0

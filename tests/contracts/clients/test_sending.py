"""Producers of both libraries keep the same promises."""

import random
from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka import KafkaProducer

from contracts.clients import (
    Delivered,
    KafkaError,
    Producer,
    Sending,
    TooLarge,
    connect_producer,
)
from contracts.clients.records import MAX_RECORD_BYTES
from contracts.clock import now_ms
from contracts.settings import KafkaClient
from contracts.topics import partition_of
from tests.builders import PARTITIONS
from tests.contracts.clients.reports import Reports, everything, numbered

pytestmark = pytest.mark.integration

IDS = [1, 2, 610, 2**31 - 1, *random.Random(3).sample(range(2**31), 200)]


@pytest.fixture
def single(kafka: str) -> Iterator[Producer]:
    """The producer that people's own ratings go through, one by one."""
    with closing(Producer(kafka, "test")) as one:
        yield one


def test_a_record_is_told_its_place(single: Producer, topic: str) -> None:
    before_ms = now_ms()
    first = single.send(topic, b"7", b"one", 2)
    second = single.send(topic, b"7", b"two", 2)
    single.flush()

    places = [first.result(0), second.result(0)]

    assert [place[:2] for place in places] == [(2, 0), (2, 1)]
    assert before_ms - 1000 < places[0].timestamp_ms < now_ms() + 1000


def test_many_records_are_all_there_in_their_order(
    producer: Sending, kafka: str, topic: str
) -> None:
    sent, reports = numbered(5000), Reports()
    for first in range(0, 5000, 700):
        producer.send_all(topic, sent[first : first + 700], reports)
    producer.flush()

    found = everything(kafka, topic)

    assert (reports.acknowledged, reports.lost) == (5000, 0)
    for partition in range(PARTITIONS):
        theirs = [(key, value) for key, value, p in sent if p == partition]
        assert [(one.record.key, one.record.value) for one in found[partition]] == theirs


def test_a_record_that_is_too_large_is_lost_alone(
    producer: Sending, kafka: str, topic: str
) -> None:
    noise, reports = random.Random(5), Reports()
    sizes = {3: 2_000_000, 40: 70_000, 41: MAX_RECORD_BYTES, 77: MAX_RECORD_BYTES - 50}
    records = [(b"77", noise.randbytes(sizes.get(i, 300)), i % PARTITIONS) for i in range(100)]

    producer.send_all(topic, records, reports)
    producer.flush()

    assert (reports.acknowledged, reports.lost) == (97, 3)
    assert {type(error) for error in reports.errors} == {TooLarge}
    assert sum(len(some) for some in everything(kafka, topic).values()) == 97


def test_each_call_is_told_of_its_own_records(producer: Sending, topic: str) -> None:
    calls = [(Reports(), size) for size in (1, 500, 0, 20)]

    for reports, size in calls:
        producer.send_all(topic, [*numbered(size), (b"1", b"x" * 70_000, 0)], reports)
    producer.flush()

    assert [(one.acknowledged, one.lost) for one, _ in calls] == [(size, 1) for _, size in calls]


def test_waiting_a_moment_is_enough_to_be_told(producer: Sending, topic: str) -> None:
    reports = Reports()
    producer.send_all(topic, numbered(10), reports)

    while reports.acknowledged < 10:
        producer.poll(1)

    assert reports.lost == 0


def test_more_records_than_a_queue_holds_are_waited_for(producer: Sending, topic: str) -> None:
    reports = Reports()

    producer.send_all(topic, numbered(101_000), reports)
    producer.flush()

    assert (reports.acknowledged, reports.lost) == (101_000, 0)


def test_records_for_a_topic_that_is_not_there_are_all_lost(
    library: KafkaClient, kafka: str
) -> None:
    reports = Reports()

    with closing(connect_producer(library, kafka, "test", 2)) as producer:
        producer.send_all("nowhere", numbered(10), reports)
        producer.flush()

    assert (reports.acknowledged, reports.lost) == (0, 10)
    assert all(isinstance(error, KafkaError) for error in reports.errors)


def test_both_libraries_put_a_key_where_we_say_that_its_user_is(kafka: str, topic: str) -> None:
    default = KafkaProducer(bootstrap_servers=kafka)
    theirs = [default.send(topic, key=b"%d" % user, value=b"") for user in IDS]
    default.flush()
    default.close()
    with closing(connect_producer("confluent-kafka", kafka, "test", 60)) as producer:
        by_key = -1
        producer.send_all(topic, [(b"%d" % user, b"ours", by_key) for user in IDS], Reports())
        producer.flush()

    said = {user: partition_of(user, PARTITIONS) for user in IDS}
    ours = {
        int(one.record.key or b""): p
        for p, some in everything(kafka, topic).items()
        for one in some
        if one.record.value == b"ours"
    }

    assert [one.get(0).partition for one in theirs] == [said[user] for user in IDS]
    assert ours == said


def test_a_place_is_the_one_that_is_read_back(single: Producer, kafka: str, topic: str) -> None:
    sent = [single.send(topic, key, value, at) for key, value, at in numbered(20)]
    single.flush()

    places = {
        Delivered(p, one.offset, one.record.timestamp_ms)
        for p, some in everything(kafka, topic).items()
        for one in some
    }

    assert {one.result(0) for one in sent} == places

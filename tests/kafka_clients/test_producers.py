"""Producers of both libraries keep the same promises."""

import random
from contextlib import closing

import pytest
from kafka import KafkaProducer

from contracts.partitioner import partition_of
from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from harness.eventually import eventually
from kafka_clients import KafkaError, ProducerClient, TooLarge, connect_producer
from kafka_clients.records import MAX_RECORD_BYTES
from tests.kafka_clients.delivery_reports import Reports
from tests.kafka_clients.numbered_records import everything, numbered

pytestmark = pytest.mark.integration

IDS = [1, 2, 610, 2**31 - 1, *random.Random(3).sample(range(2**31), 200)]


def test_many_records_are_all_there_in_their_order(
    producer: ProducerClient, kafka: str, topic: str
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
    producer: ProducerClient, kafka: str, topic: str
) -> None:
    noise, reports = random.Random(5), Reports()
    sizes = {3: 2_000_000, 40: 70_000, 41: MAX_RECORD_BYTES, 77: MAX_RECORD_BYTES - 50}
    records = [(b"77", noise.randbytes(sizes.get(i, 300)), i % PARTITIONS) for i in range(100)]

    producer.send_all(topic, records, reports)
    producer.flush()

    assert (reports.acknowledged, reports.lost) == (97, 3)
    assert {type(error) for error in reports.errors} == {TooLarge}
    assert sum(len(some) for some in everything(kafka, topic).values()) == 97


def test_each_call_is_told_of_its_own_records(producer: ProducerClient, topic: str) -> None:
    calls = [(Reports(), size) for size in (1, 500, 0, 20)]

    for reports, size in calls:
        producer.send_all(topic, [*numbered(size), (b"1", b"x" * 70_000, 0)], reports)
    producer.flush()

    assert [(one.acknowledged, one.lost) for one, _ in calls] == [(size, 1) for _, size in calls]


def test_waiting_a_moment_is_enough_to_be_told(producer: ProducerClient, topic: str) -> None:
    reports = Reports()
    producer.send_all(topic, numbered(10), reports)

    def told() -> bool:
        producer.poll(1)
        return reports.acknowledged == 10

    eventually(told, 60, "ten acknowledgements", every_s=0)

    assert reports.lost == 0


def test_more_records_than_a_queue_holds_are_waited_for(
    producer: ProducerClient, topic: str
) -> None:
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

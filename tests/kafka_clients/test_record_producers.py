"""Producers of single records, of both libraries, keep the same promises."""

import time
from collections.abc import Iterator
from contextlib import closing

import confluent_kafka
import pytest

from contracts.clock import now_ms
from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from kafka_clients import (
    Delivered,
    KafkaError,
    NoBroker,
    RecordProducer,
    RecordProducerClient,
    record_producer,
)
from tests.kafka_clients.numbered_records import everything, numbered

pytestmark = pytest.mark.integration

WITHIN_S = 5.0


@pytest.fixture
def single(library: KafkaClient, kafka: str) -> Iterator[RecordProducerClient]:
    with closing(record_producer(library)(kafka, "test", WITHIN_S)) as one:
        yield one


def test_a_record_is_told_its_place(single: RecordProducerClient, topic: str) -> None:
    before_ms = now_ms()
    first = single.send(topic, b"7", b"one", 2)
    second = single.send(topic, b"7", b"two", 2)

    places = [first.result(WITHIN_S), second.result(WITHIN_S)]

    assert [place[:2] for place in places] == [(2, 0), (2, 1)]
    assert before_ms - 1000 < places[0].timestamp_ms < now_ms() + 1000


def test_a_place_is_the_one_that_is_read_back(
    single: RecordProducerClient, kafka: str, topic: str
) -> None:
    sent = [single.send(topic, key, value, at) for key, value, at in numbered(20)]
    places = {one.result(WITHIN_S) for one in sent}

    assert places == {
        Delivered(p, one.offset, one.record.timestamp_ms)
        for p, some in everything(kafka, topic).items()
        for one in some
    }


def test_kafka_tells_how_many_partitions_a_topic_has(
    single: RecordProducerClient, topic: str
) -> None:
    assert [single.ask(topic), single.ask(topic)] == [PARTITIONS, PARTITIONS]


def test_a_topic_that_is_not_there_is_named(library: KafkaClient, kafka: str) -> None:
    with (
        closing(record_producer(library)(kafka, "test", 1)) as single,
        pytest.raises(NoBroker, match="nowhere"),
    ):
        single.ask("nowhere")


def test_asking_for_a_topic_does_not_make_it() -> None:
    making = confluent_kafka.Producer(
        {"bootstrap.servers": "none:1", "test.mock.num.brokers": 1, "log_level": 0}
    )
    (broker,) = making.list_topics(timeout=WITHIN_S).brokers.values()
    address = f"{broker.host}:{broker.port}"

    with (
        closing(record_producer("confluent-kafka")(address, "test", WITHIN_S)) as single,
        pytest.raises(NoBroker, match="nowhere"),
    ):
        single.ask("nowhere")

    assert "nowhere" not in making.list_topics(timeout=WITHIN_S).topics
    making.close()


def test_kafka_python_does_not_ask_for_topics_to_be_made(kafka: str) -> None:
    with closing(RecordProducer(kafka, "test", WITHIN_S)) as single:
        request = single._producer._metadata.metadata_request()

    assert request.allow_auto_topic_creation is False


def test_closing_fails_what_is_waited_for_and_waits_for_nothing(
    library: KafkaClient, kafka: str, topic: str
) -> None:
    single = record_producer(library)(kafka, "test", WITHIN_S)
    sent = [single.send(topic, key, value, at) for key, value, at in numbered(3000)]

    began = time.monotonic()
    single.close()

    ends = [one.exception(0) for one in sent]
    assert time.monotonic() - began < WITHIN_S
    assert all(end is None or isinstance(end, KafkaError) for end in ends)

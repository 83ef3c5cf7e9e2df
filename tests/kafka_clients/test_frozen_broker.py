"""Clients of a Kafka that is frozen wait for it without using the processor."""

import time
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from harness.eventually import eventually
from harness.killable_services import KillableService, own_kafka
from kafka_clients import NoBroker, RecordProducerClient, join_group, record_producer

pytestmark = pytest.mark.integration

TOPIC = "ratings"
FROZEN_S, LEADER_WITHIN_S, JOINED_WITHIN_S = 4.0, 10.0, 30.0
WRITES_A_SECOND = 10
"""More than a connection lets be unanswered, within a second."""
MOST_CORES = 0.25


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableService]:
    with own_kafka(tmp_path_factory.mktemp("broker"), {TOPIC: (PARTITIONS, {})}) as one:
        yield one


def test_a_producer_waits_for_a_frozen_kafka_without_using_the_processor(
    library: KafkaClient, broker: KillableService
) -> None:
    with closing(record_producer(library)(broker.address, "test", FROZEN_S)) as producer:
        # After another test's freeze, its partitions have no leader for a moment.
        eventually(lambda: producer.ask(TOPIC), LEADER_WITHIN_S, "a leader", excused=NoBroker)
        with broker.frozen():
            cores = cores_while_sending(producer)

    assert cores < MOST_CORES


def test_a_member_waits_for_a_frozen_kafka_without_using_the_processor(
    library: KafkaClient, broker: KillableService
) -> None:
    with closing(
        join_group(library, broker.address, TOPIC, uuid.uuid4().hex, lambda _: 0)
    ) as member:

        def has_joined() -> bool:
            member.poll(0.1, 1)
            return bool(member.assigned())

        eventually(has_joined, JOINED_WITHIN_S, "a partition", every_s=0)
        with broker.frozen():
            began, used = time.monotonic(), time.process_time()
            while time.monotonic() - began < FROZEN_S:
                member.poll(0.1, 1)
            cores = (time.process_time() - used) / FROZEN_S

    assert cores < MOST_CORES


def cores_while_sending(producer: RecordProducerClient) -> float:
    """Processor seconds a second, while records are sent that nobody acknowledges."""
    used = time.process_time()
    for n in range(round(FROZEN_S * WRITES_A_SECOND)):
        producer.send(TOPIC, b"7", b"one", n % PARTITIONS)
        time.sleep(1 / WRITES_A_SECOND)
    return (time.process_time() - used) / FROZEN_S

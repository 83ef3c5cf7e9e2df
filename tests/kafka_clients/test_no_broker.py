"""A broker that is not there, or goes away."""

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from harness.killable_services import KillableService, own_kafka
from kafka_clients import KafkaError, NoBroker, connect_producer
from reelstream.ports import free_port
from tests.kafka_clients.delivery_reports import Reports
from tests.kafka_clients.numbered_records import numbered

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

TIMEOUT_S = 2
ENDED_WITHIN_S = 10

CONNECT = """
import logging, sys
from kafka_clients import NoBroker, connect_producer, join_group
from kafka_clients import confluent, kafka_python
logging.getLogger("kafka").setLevel(logging.CRITICAL)  # as the one command does
for room in (confluent, kafka_python):
    room.bulk_producer.REQUEST_TIMEOUT_MS = 500
confluent.consumer.REQUEST_TIMEOUT_MS = kafka_python.consumers.REQUEST_TIMEOUT_MS = 500
library, nowhere = sys.argv[1:]
try:
    connect_producer(library, nowhere, "test", 2)
except NoBroker as error:
    print(f"producer - {error}")
try:
    join_group(library, nowhere, "ratings", "test", lambda _: 0)
except NoBroker as error:
    print(f"group - {error}")
"""


@pytest.fixture(autouse=True)
def sockets_that_kafka_python_forgets() -> Iterator[None]:
    """Collected here, where it is no error: one for every connection that was refused.

    A thread of the library that has not quite ended keeps them.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(ENDED_WITHIN_S)
    gc.collect()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KillableService]:
    """A broker of one's own, to be stopped, with a topic."""
    with own_kafka(tmp_path, {"ratings": (PARTITIONS, {})}) as one:
        yield one


@pytest.mark.slow
def test_where_nobody_listens_all_that_is_said_is_one_error(library: KafkaClient) -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    command = [sys.executable, "-c", CONNECT, library, nowhere]
    said = subprocess.run(command, capture_output=True, text=True, check=True)

    assert [line.split(": ")[0] for line in said.stdout.splitlines()] == [
        f"producer - Kafka does not answer at {nowhere}",
        f"group - Kafka does not answer at {nowhere}",
    ]
    assert said.stderr == ""


@pytest.mark.slow
def test_confluent_says_why_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kafka_clients.confluent.bulk_producer.REQUEST_TIMEOUT_MS", 500)

    with pytest.raises(NoBroker, match="Connection refused"):
        connect_producer("confluent-kafka", f"127.0.0.1:{free_port()}", "test", TIMEOUT_S)


@pytest.mark.integration
def test_when_the_broker_goes_away_records_are_lost_in_time(
    library: KafkaClient, broker: KillableService, capfd: pytest.CaptureFixture[str]
) -> None:
    before, after = Reports(), Reports()
    with closing(connect_producer(library, broker.address, "test", TIMEOUT_S)) as producer:
        producer.send_all("ratings", numbered(100), before)
        producer.flush()
        broker.stop()

        began = time.monotonic()
        producer.send_all("ratings", numbered(100), after)
        producer.flush()

    assert time.monotonic() - began < TIMEOUT_S + 8
    assert (before.acknowledged, after.acknowledged, after.lost) == (100, 0, 100)
    assert all(isinstance(error, KafkaError) for error in after.errors)
    assert capfd.readouterr().err == ""


@pytest.mark.integration
def test_closing_does_not_wait_for_a_broker_that_is_away(
    library: KafkaClient, broker: KillableService
) -> None:
    producer, reports = connect_producer(library, broker.address, "test", 120), Reports()
    producer.send_all("ratings", numbered(1), reports)
    producer.flush()
    broker.stop()
    producer.send_all("ratings", numbered(100), reports)

    began = time.monotonic()
    producer.close(1)

    assert time.monotonic() - began < 10
    assert (reports.acknowledged, reports.lost) == (1, 100)

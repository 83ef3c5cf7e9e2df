"""A broker that is not there, or goes away."""

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contracts.clients import Admin, KafkaError, NoBroker, Producer, connect_producer
from contracts.settings import KafkaClient
from reelstream.ports import free_port
from reelstream.supervisor import Supervisor
from tests.builders import PARTITIONS
from tests.contracts.clients.reports import Reports, numbered
from tests.services import start_broker

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

TIMEOUT_S = 2

CONNECT = """
import logging, sys
from contracts.clients import NoBroker, connect_producer, join_group
from contracts.clients import confluent, kafka_python
logging.getLogger("kafka").setLevel(logging.CRITICAL)  # as the one command does
for module in (confluent.handles, kafka_python.producer, kafka_python.consumers):
    module.REQUEST_TIMEOUT_MS = 500
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
    """Collected here, where it is no error: one for every connection that was refused."""
    yield
    gc.collect()


@pytest.fixture
def broker(supervisor: Supervisor, tmp_path: Path) -> str:
    """A broker of one's own, to be stopped, with a topic."""
    bootstrap = f"127.0.0.1:{start_broker(supervisor, tmp_path).kafka}"
    with closing(Admin(bootstrap)) as admin:
        admin.create({"ratings": (PARTITIONS, {})})
    return bootstrap


def test_where_nobody_listens_all_that_is_said_is_one_error(library: KafkaClient) -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    command = [sys.executable, "-c", CONNECT, library, nowhere]
    said = subprocess.run(command, capture_output=True, text=True, check=True)

    assert [line.split(": ")[0] for line in said.stdout.splitlines()] == [
        f"producer - Kafka does not answer at {nowhere}",
        f"group - Kafka does not answer at {nowhere}",
    ]
    assert said.stderr == ""


def test_confluent_says_why_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts.clients.confluent.handles.REQUEST_TIMEOUT_MS", 500)

    with pytest.raises(NoBroker, match="Connection refused"):
        connect_producer("confluent-kafka", f"127.0.0.1:{free_port()}", "test", TIMEOUT_S)


@pytest.mark.integration
def test_when_the_broker_goes_away_records_are_lost_in_time(
    library: KafkaClient, broker: str, supervisor: Supervisor, capfd: pytest.CaptureFixture[str]
) -> None:
    before, after = Reports(), Reports()
    with closing(connect_producer(library, broker, "test", TIMEOUT_S)) as producer:
        producer.send_all("ratings", numbered(100), before)
        producer.flush()
        supervisor.stop()

        began = time.monotonic()
        producer.send_all("ratings", numbered(100), after)
        singles = isinstance(producer, Producer) and [producer.send("ratings", b"7", b"", 0)]
        producer.flush()

    errors = [*after.errors, *(one.exception(0) for one in singles or [])]
    assert time.monotonic() - began < TIMEOUT_S + 8
    assert (before.acknowledged, after.acknowledged, after.lost) == (100, 0, 100)
    assert all(isinstance(error, KafkaError) for error in errors)
    assert capfd.readouterr().err == ""


@pytest.mark.integration
def test_closing_does_not_wait_for_a_broker_that_is_away(
    library: KafkaClient, broker: str, supervisor: Supervisor
) -> None:
    producer, reports = connect_producer(library, broker, "test", 120), Reports()
    producer.send_all("ratings", numbered(1), reports)
    producer.flush()
    supervisor.stop()
    producer.send_all("ratings", numbered(100), reports)

    began = time.monotonic()
    producer.close(1)

    assert time.monotonic() - began < 10
    assert (reports.acknowledged, reports.lost) == (1, 100)

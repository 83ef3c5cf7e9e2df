"""A producer that is given up leaves nothing behind: it is replaced again and again."""

import gc
import threading
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from harness.killable_services import own_kafka
from kafka_clients import KafkaError, NoBroker, record_producer
from reelstream.ports import free_port

pytestmark = pytest.mark.integration

TIMEOUT_S = 1.0
ATTEMPTS = 5


def open_to(address: str) -> list[object]:
    """This process's connections to a broker."""
    port = int(address.rpartition(":")[2])
    connections = psutil.Process().net_connections("tcp")
    return [one for one in connections if one.raddr and one.raddr.port == port]


def held() -> Counter[str]:
    """How many threads and open files there are."""
    own = psutil.Process()
    return Counter(threads=own.num_threads(), files=own.num_fds())


def test_what_a_frozen_broker_keeps_waiting_fails_when_its_producer_is_closed(
    library: KafkaClient, tmp_path: Path
) -> None:
    with own_kafka(tmp_path, {"ratings": (PARTITIONS, {})}) as broker:
        before = set(threading.enumerate())
        producer = record_producer(library)(broker.address, "test", TIMEOUT_S)
        producer.ask("ratings")

        with broker.frozen():
            sent = producer.send("ratings", b"7", b"", 0)
            with pytest.raises(NoBroker):
                producer.ask("ratings")
            began = time.monotonic()
            producer.close()

            assert time.monotonic() - began < 10
            assert isinstance(sent.exception(0), KafkaError)
            assert set(threading.enumerate()) <= before
            assert open_to(broker.address) == []


def test_attempts_to_connect_leave_nothing_open(library: KafkaClient) -> None:
    nowhere, connect = f"127.0.0.1:{free_port()}", record_producer(library)
    gc.disable()  # who has to wait for it runs out of files
    try:
        before = held()
        for _ in range(ATTEMPTS):
            with pytest.raises(NoBroker):
                connect(nowhere, "test", 0.3)
        assert held() <= before
    finally:
        gc.enable()

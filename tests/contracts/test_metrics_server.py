import socket
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Gauge

from contracts.metrics_server import serve
from contracts.process_exit import USAGE, Failure
from reelstream.ports import free_port
from tests.failures import says


def test_metrics_are_served_where_a_port_is_set() -> None:
    registry = CollectorRegistry()
    Gauge("answer", "To everything.", registry=registry).set(42)

    address = serve("127.0.0.1", free_port(), registry)

    assert address
    with urllib.request.urlopen(address) as answer:
        assert b"\nanswer 42.0\n" in answer.read()


def test_without_a_port_nothing_is_served() -> None:
    assert serve("127.0.0.1", None, CollectorRegistry()) is None


def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        with pytest.raises(
            Failure, check=says(rf"port {port} is already in use \(REELSTREAM_METRICS_PORT\)")
        ) as e:
            serve("127.0.0.1", port, CollectorRegistry())

    assert e.value.code == USAGE


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Failure, check=says("REELSTREAM_METRICS_HOST")):
        serve("192.0.2.1", free_port(), CollectorRegistry())

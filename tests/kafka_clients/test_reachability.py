"""Whether a broker is there."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from kafka_clients import listening
from kafka_clients.reachability import LISTENS_WITHIN_S
from reelstream.ports import free_port


@contextmanager
def deaf() -> Iterator[int]:
    """The port of a server that accepts nobody: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("family", "host", "written"),
    [(socket.AF_INET, "127.0.0.1", "127.0.0.1"), (socket.AF_INET6, "::1", "[::1]")],
)
def test_what_listens_is_seen_however_its_address_is_written(
    family: socket.AddressFamily, host: str, written: str
) -> None:
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]

        assert listening(f"{written}:{port},elsewhere:1")


@pytest.mark.parametrize("down", ["127.0.0.1:{}", "no-such-host.invalid:{}"])
def test_one_server_that_is_there_is_enough_wherever_it_stands(down: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        others = [down.format(free_port()), f"127.0.0.1:{server.getsockname()[1]}"]

        assert listening(",".join(others))
        assert listening(",".join(reversed(others)))


def test_a_silent_server_costs_no_time_beside_one_that_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, deaf() as silent:
        began = time.monotonic()

        assert listening(f"127.0.0.1:{silent},127.0.0.1:{server.getsockname()[1]}")

    assert time.monotonic() - began < LISTENS_WITHIN_S


def test_where_nothing_listens_there_is_no_broker() -> None:
    assert not listening(f"127.0.0.1:{free_port()}")


@pytest.mark.slow
def test_a_server_that_stays_silent_is_waited_for_a_second_at_most() -> None:
    with deaf() as silent:
        began = time.monotonic()

        assert not listening(f"127.0.0.1:{silent}")

    assert time.monotonic() - began < LISTENS_WITHIN_S + 2

"""Whether a broker is there."""

import socket

import pytest

from contracts.clients import listening
from reelstream.ports import free_port


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


def test_where_nothing_listens_there_is_no_broker() -> None:
    assert not listening(f"127.0.0.1:{free_port()}")

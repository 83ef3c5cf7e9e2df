"""Free loopback ports, remembered so that a broker that restarts keeps its address."""

import errno
import random
import socket
from collections.abc import Collection
from pathlib import Path

import msgspec

from contracts.atomic_files import write_changed

BELOW_EPHEMERAL = range(20_000, 32_768)
"""Where no system takes ports for outgoing connections (Linux: from 32768, macOS: from 49152)."""


class Ports(msgspec.Struct, frozen=True):
    """Ports on 127.0.0.1, of the embedded services and of metrics; 0 is none yet."""

    kafka: int = 0
    controller: int = 0
    redis: int = 0
    streaming_metrics: int = 0
    speed_metrics: int = 0


def remembered_ports(state: Path, others: Collection[int] = ()) -> Ports:
    """The ports of an earlier run in this folder as far as they are free, else new ones.

    Each is another, and none is one of these `others`, which may not be listened on yet.
    """
    path = state / "ports.json"
    known = msgspec.json.decode(path.read_bytes(), type=Ports) if path.is_file() else Ports()
    chosen: list[int] = []
    for port in msgspec.structs.astuple(known):
        chosen.append(_still_free(port, {*others, *chosen}))
    ports = Ports(*chosen)
    write_changed(path, msgspec.json.encode(ports))
    return ports


def _still_free(port: int, others: Collection[int]) -> int:
    """This port, or another one if it is 0, in use, or among the others."""
    kept = port and port not in others and is_free("127.0.0.1", port)
    return port if kept else free_port(others)


def free_port(others: Collection[int] = ()) -> int:
    """A port that is free now, none of these, and kept from outgoing connections until it is used.

    An ephemeral port may even be taken by a client that waits for the server to come: a
    connection from a loopback port to itself succeeds (TCP simultaneous open, RFC 9293, 3.5).

    Raises:
        OSError: no port is free.
    """
    for port in random.sample(BELOW_EPHEMERAL, 1000):
        if port not in others and is_free("127.0.0.1", port):
            return port
    raise OSError(errno.EADDRINUSE, "no port is free on 127.0.0.1")


def is_free(host: str, port: int) -> bool:
    """Whether the port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True

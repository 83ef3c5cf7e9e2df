"""Free loopback ports, remembered so that a broker that restarts keeps its address."""

import socket
from pathlib import Path

import msgspec

from contracts.files import write_atomically


class Ports(msgspec.Struct, frozen=True):
    """The embedded services' ports on 127.0.0.1."""

    kafka: int
    controller: int
    redis: int


def remembered_ports(state: Path) -> Ports:
    """The ports of an earlier run in this folder if they are free, else new ones."""
    path = state / "ports.json"
    if path.is_file():
        ports = msgspec.json.decode(path.read_bytes(), type=Ports)
        if all(is_free("127.0.0.1", port) for port in msgspec.structs.astuple(ports)):
            return ports
    ports = Ports(free_port(), free_port(), free_port())
    write_atomically(path, msgspec.json.encode(ports))
    return ports


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether the port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True

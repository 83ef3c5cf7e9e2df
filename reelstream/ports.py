"""Free loopback ports, remembered so that a broker that restarts keeps its address."""

import socket
from pathlib import Path

import msgspec

from contracts.files import write_changed


class Ports(msgspec.Struct, frozen=True):
    """Ports on 127.0.0.1, of the embedded services and of metrics; 0 is none yet."""

    kafka: int = 0
    controller: int = 0
    redis: int = 0
    streaming_metrics: int = 0
    speed_metrics: int = 0


def remembered_ports(state: Path) -> Ports:
    """The ports of an earlier run in this folder as far as they are free, else new ones."""
    path = state / "ports.json"
    known = msgspec.json.decode(path.read_bytes(), type=Ports) if path.is_file() else Ports()
    ports = Ports(*map(_still_free, msgspec.structs.astuple(known)))
    write_changed(path, msgspec.json.encode(ports))
    return ports


def _still_free(port: int) -> int:
    """This port, or another where there is none yet or somebody has it."""
    return port if port and is_free("127.0.0.1", port) else free_port()


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

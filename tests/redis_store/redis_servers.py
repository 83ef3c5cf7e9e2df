"""Redis servers of one's own, started with any options."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.eventually import eventually
from harness.services import wait_for_listener
from redis_store.connection import Client, connect
from reelstream.ports import BELOW_EPHEMERAL, free_port, is_free
from reelstream.redis_command import find_redis

BUS = 10_000
FILLING = 100_000
"""Bytes of a value, of which a few fill what `maxmemory` of a test allows."""


@contextmanager
def redis_with(folder: Path, *options: str) -> Iterator[int]:
    """Within, a Redis with these options listens at this port."""
    port = eventually(port_of_a_cluster, 10, "a port for Redis", every_s=0)
    fixed = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    command = [str(find_redis().binary), *fixed, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for_listener(port)
            yield port
        finally:
            server.kill()


def port_of_a_cluster() -> int | None:
    """A free port, and so is the one that a Redis in cluster mode listens at, too.

    That is 10,000 above; outgoing connections must not take it either.
    """
    port = free_port()
    return port if port + BUS in BELOW_EPHEMERAL and is_free("127.0.0.1", port + BUS) else None


def client_of(port: int, user: str = "") -> Client:
    """A client of that Redis; `user` is what stands before the host."""
    return connect(f"redis://{user}127.0.0.1:{port}/0", timeout_s=5)


def filled(client: Client) -> None:
    """Let it hold as much as it may."""
    for number in range(1000):
        if client.info("memory")["used_memory"] > client.info("memory")["maxmemory"]:
            return
        client.execute_command("SETRANGE", f"filling:{number}", FILLING, "x")

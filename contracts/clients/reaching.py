"""Whether a broker is there, and for how long a client asks."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError

from contracts.clients.records import NoBroker

REQUEST_TIMEOUT_MS = 10_000
RECONNECT_WITHIN_MS = 1_000
"""A broker that was away is tried again so soon at the latest, as the Java client does; left alone,
kafka-python waits for up to half a minute, and does not notice that a slow one has started."""


@contextmanager
def reaching(bootstrap: str) -> Iterator[None]:
    """Turn the client's connection errors into one that says what to look at.

    Raises:
        NoBroker: instead of them.
    """
    try:
        yield
    except (KafkaError, OSError) as error:
        raise NoBroker(f"Kafka does not answer at {bootstrap}: {error}") from error


def listening(bootstrap: str) -> bool:
    """Whether anything listens there: cheaper to ask than the client, which tries for seconds."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
    except OSError:
        return False
    return True

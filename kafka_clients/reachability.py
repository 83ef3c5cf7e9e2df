"""Whether a broker can be reached, and for how long a client tries."""

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from selectors import EVENT_WRITE, BaseSelector, DefaultSelector
from typing import Any

from kafka.errors import KafkaError

from contracts.broker_errors import NoBroker

REQUEST_TIMEOUT_MS = 10_000
RECONNECT_WITHIN_MS = 1_000
"""A broker that was away is tried again so soon at the latest, as the Java client does; left alone,
kafka-python waits for up to half a minute, and does not notice that a slow one has started."""
LISTENS_WITHIN_S = 1.0
_UNDER_WAY = (0, errno.EINPROGRESS)


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
    """Whether any of these servers is listening: cheaper than the client, which tries for long.

    All are asked at once, so that one that is silent costs nothing beside one that is there.
    """
    with ExitStack() as asked, DefaultSelector() as answers:
        for family, address in _addresses(bootstrap):
            one = asked.enter_context(socket.socket(family, socket.SOCK_STREAM))
            one.setblocking(False)
            if one.connect_ex(address) in _UNDER_WAY:
                answers.register(one, EVENT_WRITE)
        return _any_connected(answers, time.monotonic() + LISTENS_WITHIN_S)


def _any_connected(answers: BaseSelector, deadline: float) -> bool:
    while answers.get_map() and (left_s := deadline - time.monotonic()) > 0:
        for key, _ in answers.select(left_s):
            answered = key.fileobj
            assert isinstance(answered, socket.socket)
            if not answered.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return True
            answers.unregister(answered)
    return False


def _addresses(bootstrap: str) -> Iterator[tuple[socket.AddressFamily, Any]]:
    """All addresses of all servers; none of one whose name nobody knows."""
    for server in bootstrap.split(","):
        host, _, port = server.rpartition(":")
        with suppress(OSError):
            for found in socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM):
                yield found[0], found[4]

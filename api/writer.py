"""Ratings into Kafka. The connection is made in the background: the API starts without a broker."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from contracts.clients import Delivered, KafkaError
from contracts.events import Event, encode
from contracts.topics import partition_of

CONNECT_S = 3.0
"""How long a rating waits for the first connection."""
RETRY_S = 1.0
ACKNOWLEDGED_S = 5.0

log = logging.getLogger(__name__)


class Sender(Protocol):
    """What is used of `contracts.clients.Producer`."""

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Queue a record; the future ends with its place."""
        ...


class KafkaWriter:
    """Sends events and waits for Kafka's acknowledgement."""

    def __init__(
        self,
        connect: Callable[[], Sender],
        topic: str,
        partitions: int,
        stopping: Callable[[], bool],
    ) -> None:
        """Connect in the background, again and again until it works or the process stops."""
        self._topic = topic
        self._stopping = stopping
        self._partitions = partitions
        self._sender: Future[Sender] = Future()
        # A daemon: an attempt that hangs must not keep the process from ending.
        threading.Thread(target=self._keep_connecting, args=[connect], daemon=True).start()

    def send(self, event: Event) -> Delivered:
        """Send and wait; see `RatingWriter`."""
        partition = partition_of(event.user_id, self._partitions)
        key = str(event.user_id).encode()
        sender = self._connected()
        try:
            sent = sender.send(self._topic, key, encode(event), partition)
            return sent.result(timeout=ACKNOWLEDGED_S)
        except KafkaError as error:
            raise ConnectionError(f"Kafka did not take the event: {error}") from error

    def _connected(self) -> Sender:
        try:
            return self._sender.result(timeout=CONNECT_S)
        except TimeoutError:
            raise ConnectionError("Kafka does not answer") from None

    def _keep_connecting(self, connect: Callable[[], Sender]) -> None:
        while not (self._sender.done() or self._stopping()):
            try:
                self._sender.set_result(connect())
            except ConnectionError as error:
                log.warning("%s", error)
                time.sleep(RETRY_S)

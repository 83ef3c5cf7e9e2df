"""The producer of kafka-python for many records at a time."""

import time
from collections import deque
from contextlib import suppress
from typing import Any, NamedTuple

from kafka.errors import KafkaError, KafkaTimeoutError

from kafka_clients.errors import TooLarge
from kafka_clients.kafka_python.producer_connection import connected
from kafka_clients.reachability import REQUEST_TIMEOUT_MS
from kafka_clients.records import MAX_RECORD_BYTES, Batch, OnDelivery

POLL_S = 1.0
GRACE_S = 2.0
"""How much longer than it was told the library may take to fail a record."""


class Producer:
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def __init__(self, bootstrap: str, client_id: str, delivery_timeout_s: float) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        connect_timeout_s = REQUEST_TIMEOUT_MS / 1000
        self._producer = connected(bootstrap, client_id, delivery_timeout_s, connect_timeout_s)
        self._calls: deque[_Call] = deque()
        self._gave_up = False
        self._lost_after_s = delivery_timeout_s + GRACE_S

    def send_all(self, topic: str, records: Batch, on_delivery: OnDelivery) -> None:
        """Queue records; see `ProducerClient`."""
        send, queued = self._producer.send, deque[Any]()
        self._calls.append(_Call(queued, on_delivery, time.monotonic()))
        for i, (key, value, partition) in enumerate(records):
            if len(key) + len(value) > MAX_RECORD_BYTES:
                on_delivery(1, TooLarge(f"{len(key) + len(value)} bytes"))
                continue
            try:
                queued.append(send(topic, value, key, None, partition))
            except KafkaError as error:  # not of this record alone: the others would meet it too
                on_delivery(len(records) - i, error)
                break
        self._report()

    def poll(self, timeout_s: float) -> None:
        """Wait until a record settles, but no longer than this."""
        if timeout_s and self._calls:
            with suppress(KafkaError):  # of the record, which is reported, or of the time
                self._calls[0].queued[0].get(timeout_s)
        self._report()

    def flush(self) -> None:
        """Wait until every queued record is delivered or failed."""
        while self._calls:  # the library's own flush gives up at a batch that is split
            self.poll(POLL_S)
        if not self._gave_up:
            self._producer.flush()

    def close(self, timeout_s: float = 5) -> None:
        """Flush for so long, then disconnect; what is still queued then fails."""
        try:
            self._producer.close(timeout=timeout_s)
        except KafkaTimeoutError:  # which leaves it open, and its thread at work
            self._producer._sender.force_close()
            self._producer.close(timeout=timeout_s)
        self._report()

    def _report(self) -> None:
        """Tell what has ended, oldest first; a callback for each record would cost more."""
        while self._calls:
            call = self._calls[0]
            _tell(call)
            if call.queued and not self._is_lost(call):
                break
            self._calls.popleft()

    def _is_lost(self, call: "_Call") -> bool:
        """Give up records that the library has forgotten to: whether it was time to.

        An idempotent producer whose broker has gone waits for one without ever failing a batch.
        """
        if time.monotonic() - call.handed_over < self._lost_after_s:
            return False
        what = f"not acknowledged within {self._lost_after_s - GRACE_S:g} s"
        call.on_delivery(len(call.queued), KafkaTimeoutError(what))
        self._gave_up = True
        return True


class _Call(NamedTuple):
    """The records of one call that have not ended, and who is to be told."""

    queued: deque[Any]
    on_delivery: OnDelivery
    handed_over: float


def _tell(call: _Call) -> None:
    delivered, queued = 0, call.queued
    while queued and queued[0].is_done:
        ended = queued.popleft()
        if ended.exception is None:
            delivered += 1
        else:
            call.on_delivery(1, ended.exception)
    if delivered:
        call.on_delivery(delivered, None)

"""The producer of kafka-python."""

import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from contracts.clients.reaching import RECONNECT_WITHIN_MS, REQUEST_TIMEOUT_MS, reaching
from contracts.clients.records import MAX_RECORD_BYTES, Batch, Delivered, Settled, TooLarge
from contracts.topics import MAX_EVENT_BYTES

POLL_S = 1.0
GRACE_S = 2.0
"""How much longer than it was told the library may take to fail a record."""


class Producer:
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def __init__(self, bootstrap: str, client_id: str, delivery_timeout_s: float = 120) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        with reaching(bootstrap):
            self._producer = KafkaProducer(
                bootstrap_servers=bootstrap.split(","),
                client_id=client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                batch_size=MAX_EVENT_BYTES,
                compression_type="lz4",
                delivery_timeout_ms=int(delivery_timeout_s * 1000),
                request_timeout_ms=min(REQUEST_TIMEOUT_MS, int(delivery_timeout_s * 500)),
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
                reconnect_backoff_max_ms=RECONNECT_WITHIN_MS,
                max_block_ms=int(delivery_timeout_s * 1000),
            )
        self._calls: deque[_Call] = deque()
        self._gave_up = False
        self._lost_after_s = delivery_timeout_s + GRACE_S

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Queue a record; the future ends with its place, or with the error that lost it."""
        result: Future[Delivered] = Future()
        sent = self._producer.send(topic, key=key, value=value, partition=partition)
        sent.add_callback(lambda at: result.set_result(_delivered(at)))
        sent.add_errback(result.set_exception)
        return result

    def send_all(self, topic: str, records: Batch, settled: Settled) -> None:
        """Queue records; see `Sending`."""
        send, queued = self._producer.send, deque[Any]()
        self._calls.append(_Call(queued, settled, time.monotonic()))
        for i, (key, value, partition) in enumerate(records):
            if len(key) + len(value) > MAX_RECORD_BYTES:
                settled(1, TooLarge(f"{len(key) + len(value)} bytes"))
                continue
            try:
                queued.append(send(topic, value, key, None, partition))
            except KafkaError as error:  # not of this record alone: the others would meet it too
                settled(len(records) - i, error)
                break
        self._report()

    def poll(self, timeout_s: float) -> None:
        """Wait until something settles, but no longer than this."""
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
        call.settled(len(call.queued), KafkaTimeoutError(what))
        self._gave_up = True
        return True


class _Call(NamedTuple):
    """The records of one call that have not ended, and who is to be told."""

    queued: deque[Any]
    settled: Settled
    handed_over: float


def _tell(call: _Call) -> None:
    delivered, queued = 0, call.queued
    while queued and queued[0].is_done:
        ended = queued.popleft()
        if ended.exception is None:
            delivered += 1
        else:
            call.settled(1, ended.exception)
    if delivered:
        call.settled(delivered, None)


def _delivered(at: Any) -> Delivered:
    return Delivered(at.partition, at.offset, at.timestamp)

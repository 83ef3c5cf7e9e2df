"""The producer of kafka-python for records that somebody waits for."""

import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from kafka.errors import KafkaError, KafkaTimeoutError

from contracts.broker_errors import NoBroker
from kafka_clients.kafka_python.producer_connection import connected
from kafka_clients.reachability import listening
from kafka_clients.records import Delivered

CLOSED_WITHIN_S = 5.0


class RecordProducer:
    """An idempotent producer with acks=all, one record at a time; see `RecordProducerClient`."""

    def __init__(self, bootstrap: str, client_id: str, timeout_s: float) -> None:
        """Connect, within this time; a record that takes longer is given up.

        Raises:
            NoBroker: if no broker answers.
        """
        if not listening(bootstrap):  # the library forgets a socket for each that refuses
            raise NoBroker(f"Kafka does not answer at {bootstrap}: nothing is listening")
        self._producer = connected(bootstrap, client_id, timeout_s, timeout_s)
        self._timeout_s = timeout_s

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Send a record; see `RecordProducerClient`."""
        result: Future[Delivered] = Future()
        result.set_running_or_notify_cancel()
        sent = self._producer.send(topic, key=key, value=value, partition=partition)
        sent.add_callback(lambda at: result.set_result(_delivered(at)))
        sent.add_errback(result.set_exception)
        return result

    def ask(self, topic: str) -> int:
        """How many partitions the topic has; see `RecordProducerClient`."""
        try:
            self._producer.partitions_for(topic)
        except KafkaError as error:
            raise NoBroker(f"cannot look up topic {topic} in Kafka: {error}") from error
        metadata, told = self._producer._metadata, threading.Event()
        answer = metadata.request_update().add_both(lambda _: told.set())
        if not told.wait(self._timeout_s) or answer.failed():
            raise NoBroker("Kafka does not answer")
        partitions = metadata.partitions_for_topic(topic)
        if not partitions or metadata.available_partitions_for_topic(topic) != partitions:
            raise NoBroker(f"a partition of the topic {topic} has no leader")
        return len(partitions)

    def close(self) -> None:
        """Disconnect; what is still waited for fails."""
        self._producer._sender.force_close()  # the library's own way waits for Kafka first
        with suppress(KafkaTimeoutError):
            self._producer.close(timeout=CLOSED_WITHIN_S)


def _delivered(at: Any) -> Delivered:
    return Delivered(at.partition, at.offset, at.timestamp)

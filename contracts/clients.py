"""Kafka clients: the narrow interfaces that the rooms use, over kafka-python."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    TopicPartition,
)
from kafka.errors import KafkaError, TopicAlreadyExistsError

from contracts.eventlog import Identity
from contracts.events import Record
from contracts.topics import NextOffsets

__all__ = ["Admin", "Consumed", "Delivered", "GroupConsumer", "KafkaError", "Producer", "Tail"]

REQUEST_TIMEOUT_MS = 10_000


class NoBroker(ConnectionError):
    """Kafka does not answer."""


class WrongTopic(RuntimeError):
    """A topic that is not there, or not as the settings say."""


class Delivered(NamedTuple):
    """Where Kafka put a record."""

    partition: int
    offset: int
    timestamp_ms: int


class Consumed(NamedTuple):
    """A record with its offset."""

    offset: int
    record: Record


class Producer:
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def __init__(self, bootstrap: str, client_id: str, delivery_timeout_s: float = 120) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        with _reaching(bootstrap):
            self._producer = KafkaProducer(
                bootstrap_servers=bootstrap.split(","),
                client_id=client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                batch_size=131_072,
                compression_type="lz4",
                delivery_timeout_ms=int(delivery_timeout_s * 1000),
                request_timeout_ms=min(REQUEST_TIMEOUT_MS, int(delivery_timeout_s * 1000) - 1000),
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
                max_block_ms=int(delivery_timeout_s * 1000),
            )

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Queue a record; the future ends with its place, or with the error that lost it."""
        result: Future[Delivered] = Future()
        sent = self._producer.send(topic, key=key, value=value, partition=partition)
        sent.add_callback(lambda at: result.set_result(_delivered(at)))
        sent.add_errback(result.set_exception)
        return result

    def flush(self) -> None:
        """Wait until every queued record is delivered or failed."""
        self._producer.flush()

    def close(self, timeout_s: float = 5) -> None:
        """Flush, then disconnect."""
        self._producer.close(timeout=timeout_s)


class Admin:
    """Creates and describes topics."""

    def __init__(self, bootstrap: str) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        with _reaching(bootstrap):
            self._admin = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="reelstream-admin",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
            )

    def create(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        """Create the topics that are not there: name to partition count and configuration."""
        for name, (partitions, configs) in topics.items():
            wanted = {"num_partitions": partitions, "replication_factor": -1, "configs": configs}
            try:
                self._admin.create_topics({name: wanted}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue

    def identity(self, topic: str) -> Identity:
        """The cluster, the topic's id and its partition count.

        Raises:
            WrongTopic: if there is no such topic.
        """
        found = self._admin.describe_topics([topic])[0]
        if found["error_code"]:
            raise WrongTopic(f"topic {topic} does not exist")
        cluster = self._admin.describe_cluster()["cluster_id"]
        return Identity(cluster, str(found["topic_id"]), len(found["partitions"]))

    def close(self) -> None:
        """Disconnect."""
        self._admin.close()


class Tail:
    """Reads chosen partitions of a topic without a group, from where the caller says."""

    def __init__(self, bootstrap: str, topic: str, start: NextOffsets) -> None:
        """Connect and seek.

        Raises:
            NoBroker: if no broker answers.
        """
        self._topic = topic
        with _reaching(bootstrap):
            self._consumer = KafkaConsumer(**_consumer_options(bootstrap, None))
            self._consumer.assign([TopicPartition(topic, p) for p in start])
        for partition, offset in start.items():
            self._consumer.seek(TopicPartition(topic, partition), offset)

    def poll(self, timeout_s: float, limit: int = 10_000) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""
        found = self._consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=limit)
        return {at.partition: [_consumed(r) for r in records] for at, records in found.items()}

    def ends(self) -> dict[int, int]:
        """The topic's next-offsets."""
        return _ends(self._consumer, self._consumer.assignment())

    def to_end(self) -> Iterator[tuple[int, Consumed]]:
        """Everything up to the ends of this moment."""
        ends = {p: end for p, end in self.ends().items() if end > self._position(p)}
        while ends:
            for partition, records in self.poll(0.2).items():
                yield from ((partition, one) for one in records)
            ends = {p: end for p, end in ends.items() if end > self._position(p)}

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close(autocommit=False)

    def _position(self, partition: int) -> int:
        return int(self._consumer.position(TopicPartition(self._topic, partition)))


class GroupConsumer:
    """A member of a consumer group; the caller decides where an assigned partition begins."""

    def __init__(
        self, bootstrap: str, topic: str, group: str, begin_at: Callable[[int], int]
    ) -> None:
        """Join the group. `begin_at` gives the next offset of a partition that was assigned.

        Raises:
            NoBroker: if no broker answers.
        """
        self._topic = topic
        with _reaching(bootstrap):
            self._consumer = KafkaConsumer(**_consumer_options(bootstrap, group))
        self._consumer.subscribe([topic], listener=_SeekOnAssignment(self._consumer, begin_at))

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""
        found = self._consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=limit)
        return {at.partition: [_consumed(r) for r in records] for at, records in found.items()}

    def assigned(self) -> list[int]:
        """The partitions that are ours now."""
        return sorted(at.partition for at in self._consumer.assignment())

    def seek(self, partition: int, offset: int) -> None:
        """Read on from here."""
        self._consumer.seek(TopicPartition(self._topic, partition), offset)

    def behind(self, partition: int) -> int:
        """Records between our place and the end that the broker last told."""
        at = TopicPartition(self._topic, partition)
        end = self._consumer.highwater(at)
        return 0 if end is None else max(0, end - self._consumer.position(at))

    def show_progress(self) -> None:
        """Commit our place to the group, for lag displays only."""
        self._consumer.commit_async()

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close(autocommit=False)


class _SeekOnAssignment(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: KafkaConsumer, begin_at: Callable[[int], int]) -> None:
        self._consumer = consumer
        self._begin_at = begin_at

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for at in assigned:
            self._consumer.seek(at, self._begin_at(at.partition))

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to hand over: the position in Redis is the truth."""


@contextmanager
def _reaching(bootstrap: str) -> Iterator[None]:
    """Turn the client's connection errors into one that says what to look at."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise NoBroker(f"Kafka does not answer at {bootstrap}: {error}") from error


def listening(bootstrap: str) -> bool:
    """Whether anything listens there: cheaper to ask than the client, which tries for seconds."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for_broker(bootstrap: str, timeout_s: float) -> None:
    """Return as soon as a broker answers.

    Raises:
        NoBroker: if none does in time.
    """
    deadline = time.monotonic() + timeout_s
    while not listening(bootstrap):
        if time.monotonic() > deadline:
            raise NoBroker(f"Kafka does not answer at {bootstrap} within {timeout_s:g} s")
        time.sleep(0.1)
    Admin(bootstrap).close()


def _consumer_options(bootstrap: str, group: str | None) -> dict[str, Any]:
    return {
        "bootstrap_servers": bootstrap.split(","),
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "none" if group is None else "earliest",
        "fetch_max_wait_ms": 100,
        "session_timeout_ms": 6_000,
        "heartbeat_interval_ms": 1_000,
        "bootstrap_timeout_ms": REQUEST_TIMEOUT_MS,
        "max_partition_fetch_bytes": 1_048_576,
    }


def _ends(consumer: KafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[int, int]:
    return {at.partition: end for at, end in consumer.end_offsets(list(partitions)).items()}


def _delivered(at: Any) -> Delivered:
    return Delivered(at.partition, at.offset, at.timestamp)


def _consumed(record: Any) -> Consumed:
    value = Record(record.key, record.partition, record.value, record.timestamp)
    return Consumed(record.offset, value)

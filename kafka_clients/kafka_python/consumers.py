"""The consumers of kafka-python."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

from contracts.event_parser import Record
from contracts.next_offsets import NextOffsets
from kafka_clients.reachability import RECONNECT_WITHIN_MS, REQUEST_TIMEOUT_MS, reaching
from kafka_clients.records import Consumed

HEARTBEAT_SLACK_S = 0.05
"""A heartbeat may be so late; records that come meanwhile are taken at once."""


class PartitionReader:
    """Reads chosen partitions of a topic without a group, from where the caller says."""

    def __init__(self, bootstrap: str, topic: str, start: NextOffsets) -> None:
        """Connect and seek.

        Raises:
            NoBroker: if no broker answers.
        """
        self._topic = topic
        with reaching(bootstrap):
            self._consumer = KafkaConsumer(**_consumer_options(bootstrap, None))
            self._consumer.assign([TopicPartition(topic, p) for p in start])
        for partition, offset in start.items():
            self._consumer.seek(TopicPartition(topic, partition), offset)

    def poll(self, timeout_s: float, limit: int = 10_000) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""
        return _polled(self._consumer, timeout_s, limit)

    def ends(self) -> dict[int, int]:
        """The topic's next-offsets."""
        found = self._consumer.end_offsets(list(self._consumer.assignment()))
        return {at.partition: end for at, end in found.items()}

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
        with reaching(bootstrap):
            self._consumer = KafkaConsumer(**_consumer_options(bootstrap, group))
        _wait_for_heartbeats(self._consumer)
        self._place = _AssignmentListener(self._consumer, begin_at)
        self._consumer.subscribe([topic], listener=self._place)

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""
        self._keep_joining()
        return _polled(self._consumer, timeout_s, limit)

    def assigned(self) -> list[int]:
        """The partitions assigned now."""
        return sorted(at.partition for at in self._consumer.assignment())

    def seek(self, partition: int, offset: int) -> None:
        """Continue reading from here."""
        self._consumer.seek(TopicPartition(self._topic, partition), offset)

    def behind(self, partition: int) -> int:
        """Records between our position and the last known end."""
        at = TopicPartition(self._topic, partition)
        end = self._consumer.highwater(at)
        return 0 if end is None else max(0, end - self._consumer.position(at))

    def show_progress(self) -> None:
        """Commit our position to the group: for lag displays, and so that it confirms us."""
        self._consumer.commit_async(callback=self._place.on_commit)

    def confirmed_s(self) -> float:
        """Seconds since the group last confirmed our assignment; infinite if it has not."""
        return time.monotonic() - self._place.confirmed_at

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close(autocommit=False)

    def _keep_joining(self) -> None:
        """See to it that a join which outlasts a poll is ended by a later one.

        One that new metadata began is otherwise forgotten, and its partitions with it, for as long
        as the metadata stay the same. Source: KAFKA-9815, where the Java client had the same.
        """
        coordinator = self._consumer._coordinator
        if coordinator._join_task is not None:
            coordinator._join_task = _Joining(coordinator._join_task)
            coordinator.request_rejoin()


class _Joining:
    """A join that is never found done, so that the next poll takes its outcome.

    The library throws away a join that has ended between two polls and begins another. A member
    that polls without waiting, as while lists are owed, would never get a partition; and whenever
    the group's leader rejoins, so must all others.
    """

    is_done = False

    def __init__(self, join: Any) -> None:
        self.add_callback, self.add_errback = join.add_callback, join.add_errback


class _AssignmentListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Seeks what is assigned, and notes by the monotonic clock when the group last confirmed it."""

    def __init__(self, consumer: KafkaConsumer, begin_at: Callable[[int], int]) -> None:
        self._consumer = consumer
        self._begin_at = begin_at
        self.confirmed_at = -math.inf

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for at in assigned:
            self._consumer.seek(at, self._begin_at(at.partition))
        self.confirmed_at = time.monotonic()

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to hand over: the position in Redis is the truth."""
        self.confirmed_at = -math.inf

    def on_commit(self, _: object, answer: object) -> None:
        joining = math.isinf(self.confirmed_at)
        if not joining and not isinstance(answer, Exception):
            self.confirmed_at = time.monotonic()


def _wait_for_heartbeats(consumer: KafkaConsumer) -> None:
    """Have a poll wait though a heartbeat is overdue, which a thread of its own sends.

    The library does not: from a frozen Kafka's first second on, it takes a whole core.
    """
    coordinator = consumer._coordinator
    until_next = coordinator.time_to_next_poll
    coordinator.time_to_next_poll = lambda: max(HEARTBEAT_SLACK_S, until_next())


def _consumer_options(bootstrap: str, group: str | None) -> dict[str, Any]:
    return {
        "bootstrap_servers": bootstrap.split(","),
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "none" if group is None else "earliest",
        "fetch_max_wait_ms": 100,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "session_timeout_ms": 6_000,
        "heartbeat_interval_ms": 1_000,
        "bootstrap_timeout_ms": REQUEST_TIMEOUT_MS,
        "reconnect_backoff_max_ms": RECONNECT_WITHIN_MS,
        "max_partition_fetch_bytes": 1_048_576,
    }


def _polled(consumer: KafkaConsumer, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
    found = consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=limit)
    return {at.partition: [_consumed(r) for r in records] for at, records in found.items()}


def _consumed(record: Any) -> Consumed:
    value = Record(record.key, record.partition, record.value, record.timestamp)
    return Consumed(record.offset, value)

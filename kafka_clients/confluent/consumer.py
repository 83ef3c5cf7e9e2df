"""The group consumer of confluent-kafka."""

import math
import time
from collections.abc import Callable

import confluent_kafka as confluent

from contracts.event_parser import Record
from kafka_clients.confluent.connection import Reasons
from kafka_clients.confluent.error_translation import translated
from kafka_clients.reachability import REQUEST_TIMEOUT_MS
from kafka_clients.records import Consumed

PASSING = {
    confluent.KafkaError.UNKNOWN_TOPIC_OR_PART,
    confluent.KafkaError._MAX_POLL_EXCEEDED,
}
"""What a consumer waits out: a topic that is still to come, a group that has to be rejoined."""


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
        self._begin_at = begin_at
        self._next: dict[int, int] = {}
        self._confirmed_at = -math.inf
        reasons = Reasons()
        options = reasons.options(bootstrap) | {
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
            "socket.timeout.ms": REQUEST_TIMEOUT_MS,
            "session.timeout.ms": 6_000,
            "heartbeat.interval.ms": 1_000,
            "topic.metadata.refresh.interval.ms": 1_000,  # how soon a new topic is noticed
            "queued.max.messages.kbytes": 8_192,
            "fetch.queue.backoff.ms": 50,  # how long that may keep from reading on
            "on_commit": self._hear,
        }
        self._consumer = confluent.Consumer(options)
        reasons.reach(self._consumer, bootstrap, REQUEST_TIMEOUT_MS / 1000)
        self._consumer.subscribe([topic], on_assign=self._take, on_revoke=self._give_up)

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""
        found: dict[int, list[Consumed]] = {}
        for one in self._fetched(timeout_s, limit):
            partition, consumed = _consumed(one)
            # After a rebalance in this very poll there may be some that are no longer ours.
            if consumed.offset >= self._next.get(partition, math.inf):
                found.setdefault(partition, []).append(consumed)
                self._next[partition] = consumed.offset + 1
        return found

    def assigned(self) -> list[int]:
        """The partitions assigned now."""
        return sorted(self._next)

    def seek(self, partition: int, offset: int) -> None:
        """Continue reading from here, in an assigned partition."""
        # librdkafka's own seek fails in a partition that it has not begun to read.
        self._next[partition] = offset
        self._consumer.assign(self._places())

    def behind(self, partition: int) -> int:
        """Records between our position and the last known end."""
        at = confluent.TopicPartition(self._topic, partition)
        _, end = self._consumer.get_watermark_offsets(at, cached=True)
        return max(0, end - self._next[partition])

    def show_progress(self) -> None:
        """Commit our position to the group: for lag displays, and so that it confirms us."""
        if self._next:
            self._consumer.commit(offsets=self._places(), asynchronous=True)
        else:
            self._hear(None, [])  # nothing to show, and nothing to wait for

    def confirmed_s(self) -> float:
        """Seconds since the group last confirmed our assignment; infinite if it has not."""
        return time.monotonic() - self._confirmed_at

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _fetched(self, timeout_s: float, limit: int) -> list[confluent.Message]:
        some = self._consumer.consume(limit, 0)
        if not some:  # several would be waited for until all are there; so one is waited for
            one = self._consumer.poll(timeout_s)
            some = [one] if one is not None else []
        return [one for one in some if _is_record(one)]

    def _take(self, _: confluent.Consumer, assigned: list[confluent.TopicPartition]) -> None:
        self._next = {at.partition: self._begin_at(at.partition) for at in assigned}
        self._consumer.assign(self._places())
        self._confirmed_at = time.monotonic()

    def _give_up(self, _: confluent.Consumer, __: list[confluent.TopicPartition]) -> None:
        self._next, self._confirmed_at = {}, -math.inf

    def _hear(self, error: confluent.KafkaError | None, _: list[confluent.TopicPartition]) -> None:
        joining = math.isinf(self._confirmed_at)
        if error is None and not joining:
            self._confirmed_at = time.monotonic()

    def _places(self) -> list[confluent.TopicPartition]:
        return [confluent.TopicPartition(self._topic, p, o) for p, o in self._next.items()]


def _is_record(one: confluent.Message) -> bool:
    """Whether it is not one of the errors that come among the records.

    Raises:
        KafkaError: if it is one that does not pass.
    """
    error = one.error()
    if error is not None and error.code() not in PASSING:
        raise translated(error)
    return error is None


def _consumed(one: confluent.Message) -> tuple[int, Consumed]:
    partition, offset = one.partition(), one.offset()
    assert partition is not None
    assert offset is not None
    record = Record(one.key(), partition, one.value(), one.timestamp()[1])
    return partition, Consumed(offset, record)

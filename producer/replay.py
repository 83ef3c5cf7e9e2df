"""Replaying: send every event, count every acknowledgement."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from contracts.clients import Delivered
from contracts.events import Event, encode
from contracts.topics import partition_of


class Sender(Protocol):
    """What replaying needs of a Kafka producer."""

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Queue a record."""

    def flush(self) -> None:
        """Wait for all queued records."""


class DeliveryFailed(RuntimeError):
    """Some records were not acknowledged; says how many, and why the first was not."""


@dataclass
class Counts:
    """How a replay goes."""

    total: int
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    first_error: BaseException | None = None

    def settle(self, result: "Future[Delivered]") -> None:
        """Count one delivery report."""
        error = result.exception()
        if error is None:
            self.acknowledged += 1
        else:
            self.failed += 1
            self.first_error = self.first_error or error


def replay(
    events: Iterable[Event],
    counts: Counts,
    sender: Sender,
    topic: str,
    partitions: int,
    stopping: Callable[[], bool],
    report: Callable[[Counts], None],
) -> None:
    """Send the events, keyed by user, until they end or one fails or a stop is asked for.

    Raises:
        DeliveryFailed: if anything sent was not acknowledged.
    """
    for event in events:
        if stopping() or counts.failed:
            break
        key = str(event.user_id).encode()
        partition = partition_of(event.user_id, partitions)
        sender.send(topic, key, encode(event), partition).add_done_callback(counts.settle)
        counts.sent += 1
        report(counts)
    sender.flush()
    report(counts)
    if counts.acknowledged != counts.sent:
        missing = counts.sent - counts.acknowledged
        raise DeliveryFailed(f"{missing} of {counts.sent} events unacknowledged") from (
            counts.first_error
        )

"""The interfaces of producers and consumers, whichever library is below."""

from concurrent.futures import Future
from typing import Protocol

from kafka.errors import KafkaTimeoutError

from kafka_clients.records import Batch, Consumed, Delivered, OnDelivery


class ProducerClient(Protocol):
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def send_all(self, topic: str, records: Batch, on_delivery: OnDelivery) -> None:
        """Queue records; `on_delivery` is told how they end, here, in `poll` and in `flush`.

        What it is told adds up to the records when `flush` has returned; of what was delivered,
        an earlier call's is told first. A record that is too large fails alone, with `TooLarge`.
        How much is queued is the caller's to bound.
        """

    def poll(self, timeout_s: float) -> None:
        """Wait until a record settles, but no longer than this."""

    def flush(self) -> None:
        """Wait until every queued record is delivered or failed."""

    def close(self, timeout_s: float = 5) -> None:
        """Flush for so long, then disconnect; what is still queued then fails."""


class RecordProducerClient(Protocol):
    """An idempotent producer with acks=all, for records that are waited for one by one."""

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Send a record; the future ends with its position, or with the error that lost it.

        It may end late, or never, when Kafka goes away meanwhile: then this producer is of no use
        any more. It cannot be cancelled. Whoever asked for the topic before does not wait here.

        Raises:
            KafkaError: if it cannot even be sent.
        """

    def ask(self, topic: str) -> int:
        """How many partitions the topic has; Kafka tells it now, and each of them has a leader.

        Raises:
            NoBroker: if not, after the time within which records are given up.
        """

    def close(self) -> None:
        """Disconnect; what is still waited for fails. May take seconds if Kafka does not answer."""


class ConsumerClient(Protocol):
    """A member of a consumer group; the caller decides where an assigned partition begins."""

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""

    def assigned(self) -> list[int]:
        """The partitions assigned now."""

    def seek(self, partition: int, offset: int) -> None:
        """Continue reading from here, in an assigned partition."""

    def behind(self, partition: int) -> int:
        """Records between our position and the last known end; assigned partitions only."""

    def show_progress(self) -> None:
        """Commit our position to the group: for lag displays, and so that it confirms us."""

    def confirmed_s(self) -> float:
        """Seconds since the group last confirmed our assignment; infinite if it has not."""

    def close(self) -> None:
        """Leave the group."""


def acknowledged(sent: Future[Delivered], within_s: float) -> Delivered:
    """The position of a record, once Kafka has acknowledged it.

    Raises:
        KafkaError: if it was lost, or takes longer; then it may still arrive.
    """
    try:
        return sent.result(within_s)
    except TimeoutError as error:
        raise KafkaTimeoutError(f"not acknowledged within {within_s:g} s") from error

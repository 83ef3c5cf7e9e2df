"""The one interface over two libraries, and the choice between them."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

from contracts.clients import kafka_python
from contracts.clients.records import Batch, Consumed, Settled
from contracts.settings import KafkaClient


class NotInstalled(RuntimeError):
    """A library was asked for that is an extra, and is not here."""


class Sending(Protocol):
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def send_all(self, topic: str, records: Batch, settled: Settled) -> None:
        """Queue records; `settled` is told how they end, here, in `poll` and in `flush`.

        What it is told adds up to the records when `flush` has returned; of what was delivered,
        an earlier call's is told first. A record that is too large fails alone, with `TooLarge`.
        How much is queued is the caller's to bound.
        """

    def poll(self, timeout_s: float) -> None:
        """Wait until something settles, but no longer than this."""

    def flush(self) -> None:
        """Wait until every queued record is delivered or failed."""

    def close(self, timeout_s: float = 5) -> None:
        """Flush for so long, then disconnect; what is still queued then fails."""


class Consuming(Protocol):
    """A member of a consumer group; the caller decides where an assigned partition begins."""

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        """What has come, by partition, in offset order."""

    def assigned(self) -> list[int]:
        """The partitions that are ours now."""

    def seek(self, partition: int, offset: int) -> None:
        """Read on from here, in a partition that is ours."""

    def behind(self, partition: int) -> int:
        """Records between our place and the end that the broker last told; ours only."""

    def show_progress(self) -> None:
        """Commit our place to the group, for lag displays only."""

    def close(self) -> None:
        """Leave the group."""


def connect_producer(
    library: KafkaClient, bootstrap: str, client_id: str, delivery_timeout_s: float
) -> Sending:
    """A producer of this library.

    Raises:
        NotInstalled: if the library is not here.
        NoBroker: if no broker answers.
    """
    if library == "kafka-python":
        return kafka_python.Producer(bootstrap, client_id, delivery_timeout_s)
    _require_confluent()
    from contracts.clients import confluent  # only when it is asked for: it is an extra

    return confluent.Producer(bootstrap, client_id, delivery_timeout_s)


def join_group(
    library: KafkaClient, bootstrap: str, topic: str, group: str, begin_at: Callable[[int], int]
) -> Consuming:
    """A group's member, by this library; `begin_at` says where an assigned partition begins.

    Raises:
        NotInstalled: if the library is not here.
        NoBroker: if no broker answers.
    """
    if library == "kafka-python":
        return kafka_python.GroupConsumer(bootstrap, topic, group, begin_at)
    _require_confluent()
    from contracts.clients import confluent

    return confluent.GroupConsumer(bootstrap, topic, group, begin_at)


def _require_confluent() -> None:
    if find_spec("confluent_kafka") is None:
        raise NotInstalled("confluent-kafka is not installed")

"""The Kafka writer over an in-memory client."""

from concurrent.futures import Future

import pytest

from api.writer import KafkaWriter, Sender
from contracts.clients import Delivered, KafkaError
from contracts.events import Event, Kind, encode
from contracts.topics import partition_of

EVENT = Event(Kind.retracted, "00000000-0000-4000-8000-000000000000", 7, 1, None, 1)


class FakeProducer:
    """Delivers at once, or fails."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.sent: list[tuple[str, bytes, bytes, int]] = []
        self.trouble = trouble

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Keep the record."""
        self.sent.append((topic, key, value, partition))
        result: Future[Delivered] = Future()
        if self.trouble:
            result.set_exception(self.trouble)
        else:
            result.set_result(Delivered(partition, 5, 1))
        return result


def never() -> bool:
    """A process that is not told to stop."""
    return False


def test_an_event_goes_to_its_users_partition_under_its_users_key() -> None:
    producer = FakeProducer()

    delivered = KafkaWriter(lambda: producer, "ratings", 4, never).send(EVENT)

    partition = partition_of(7, 4)
    assert producer.sent == [("ratings", b"7", encode(EVENT), partition)]
    assert delivered == Delivered(partition, 5, 1)


def test_a_refused_event_is_a_connection_error() -> None:
    writer = KafkaWriter(lambda: FakeProducer(KafkaError("full")), "ratings", 4, never)

    with pytest.raises(ConnectionError, match="full"):
        writer.send(EVENT)


def test_without_a_broker_sending_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.writer.CONNECT_S", 0.01)
    monkeypatch.setattr("api.writer.RETRY_S", 0.01)
    ended: list[bool] = []

    def connect() -> Sender:
        raise ConnectionError("no broker")

    with pytest.raises(ConnectionError, match="Kafka does not answer"):
        KafkaWriter(connect, "ratings", 4, lambda: bool(ended)).send(EVENT)
    ended.append(True)

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from contracts.clients import Delivered
from contracts.events import Event, encode
from contracts.topics import partition_of
from producer.replay import Counts, DeliveryFailed, replay
from tests.builders import AT_MS, PARTITIONS, rated


@dataclass
class FakeSender:
    """Kafka in memory: delivers at `flush`; refuses the record number `fails`, loses `loses`."""

    fails: int | None = None
    loses: int | None = None
    at_once: bool = False
    sent: list[tuple[str, bytes, bytes, int]] = field(default_factory=list)
    queued: list[tuple[int, Future[Delivered]]] = field(default_factory=list)

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        result: Future[Delivered] = Future()
        self.queued.append((len(self.sent), result))
        self.sent.append((topic, key, value, partition))
        if self.at_once:
            self.flush()
        return result

    def flush(self) -> None:
        for number, result in self.queued:
            if number == self.fails:
                result.set_exception(TimeoutError("too late"))
            elif number != self.loses:
                result.set_result(Delivered(0, number, AT_MS))
        self.queued.clear()


def replayed(
    sender: FakeSender,
    events: list[Event],
    stopping: Callable[[], bool] = lambda: False,
    report: Callable[[Counts], None] = lambda _: None,
) -> Counts:
    counts = Counts(total=len(events))
    replay(events, counts, sender, "ratings", PARTITIONS, stopping, report)
    return counts


EVENTS = [rated(user_id=user) for user in range(1, 6)]


def test_every_event_is_sent_and_acknowledged() -> None:
    counts = replayed(FakeSender(), EVENTS)

    assert (counts.sent, counts.acknowledged, counts.failed) == (5, 5, 0)


def test_an_event_goes_to_its_users_partition_under_the_user_as_key() -> None:
    sender = FakeSender()

    replayed(sender, [rated(user_id=7)])

    assert sender.sent == [("ratings", b"7", encode(rated(user_id=7)), partition_of(7, PARTITIONS))]


def test_a_failed_delivery_raises_with_its_cause() -> None:
    with pytest.raises(DeliveryFailed, match="1 of 5") as failed:
        replayed(FakeSender(fails=2), EVENTS)

    assert isinstance(failed.value.__cause__, TimeoutError)


def test_a_delivery_that_is_never_reported_raises() -> None:
    with pytest.raises(DeliveryFailed, match="1 of 5"):
        replayed(FakeSender(loses=4), EVENTS)


def test_nothing_is_sent_after_a_failure() -> None:
    sender = FakeSender(fails=1, at_once=True)

    with pytest.raises(DeliveryFailed):
        replayed(sender, EVENTS)

    assert len(sender.sent) == 2


def test_a_stop_ends_a_replay_after_what_was_sent() -> None:
    sender = FakeSender()

    counts = replayed(sender, EVENTS, stopping=lambda: len(sender.sent) == 3)

    assert (counts.sent, counts.acknowledged) == (3, 3)


def test_the_last_report_has_everything_acknowledged() -> None:
    seen: list[tuple[int, int]] = []

    replayed(FakeSender(), EVENTS, report=lambda c: seen.append((c.sent, c.acknowledged)))

    assert seen[-1] == (5, 5)

"""The Kafka writer over an in-memory producer, step by step."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from api.kafka_writer import ASKED_S, PATIENCE_S, STOPPING_S, WAITING, KafkaWriter
from api.services import CannotWrite
from contracts.events import Event, Kind, encode
from contracts.partitioner import partition_of
from harness.eventually import eventually
from kafka_clients import Delivered, KafkaError, NoBroker
from tests.api.fakes import FakeTime

EVENT = Event(Kind.retracted, "00000000-0000-4000-8000-000000000000", 7, 1, None, 1)
PLACE = Delivered(partition_of(7, 4), 5, 1)


@dataclass
class FakeProducer:
    """Leaves every record waiting until it is told how it ends."""

    kafka: "FakeKafka"
    sent: list[tuple[str, bytes, bytes, int]] = field(default_factory=list)
    ends: list[Future[Delivered]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        if self.kafka.refuses is not None:
            raise self.kafka.refuses
        self.sent.append((topic, key, value, partition))
        self.ends.append(Future())
        return self.ends[-1]

    def ask(self, topic: str) -> int:
        self.kafka.asked += 1
        if self.kafka.away:
            raise NoBroker("Kafka does not answer")
        return 4

    def close(self) -> None:
        self.closed.set()


@dataclass
class FakeKafka:
    """Makes producers while it is there."""

    away: bool = False
    refuses: Exception | None = None
    asked: int = 0
    producers: list[FakeProducer] = field(default_factory=list)

    def connect(self) -> FakeProducer:
        if self.away:
            raise NoBroker("Kafka does not answer")
        self.producers.append(FakeProducer(self))
        return self.producers[-1]

    @property
    def producer(self) -> FakeProducer:
        return self.producers[-1]


@dataclass
class World:
    """A writer with what it stands on."""

    kafka: FakeKafka = field(default_factory=FakeKafka)
    time: FakeTime = field(default_factory=FakeTime)
    stopping: bool = False

    def __post_init__(self) -> None:
        clock = self.time.monotonic
        self.writer = KafkaWriter(self.kafka.connect, "ratings", lambda: self.stopping, clock)

    def step(self, after_s: float = 0) -> None:
        self.time.sleep(after_s)
        self.writer.step()

    def waiting(self, number: int = 1) -> list[Future[Delivered]]:
        """Ratings that Kafka has been sent."""
        sent = [self.writer.send(EVENT) for _ in range(number)]
        self.step()
        return sent

    @property
    def refuses(self) -> bool:
        try:
            self.writer.send(EVENT)
        except CannotWrite:
            return True
        return False


@pytest.fixture
def world() -> World:
    """A writer that is connected, and whom Kafka has answered when nothing waited."""
    one = World()
    one.step()
    one.step(ASKED_S)
    assert one.writer.trouble is None
    return one


def test_an_event_goes_to_its_users_partition_under_its_users_key(world: World) -> None:
    (written,) = world.waiting()
    world.kafka.producer.ends[0].set_result(PLACE)

    assert world.kafka.producer.sent == [("ratings", b"7", encode(EVENT), PLACE.partition)]
    assert written.result(0) == PLACE


def test_before_kafka_has_answered_ratings_are_refused_and_it_says_so() -> None:
    world = World(FakeKafka(away=True))
    world.step()
    world.time.sleep(3)

    with pytest.raises(CannotWrite, match="Kafka does not answer; the rating was not sent"):
        world.writer.send(EVENT)
    assert world.writer.trouble == "cannot write: Kafka has acknowledged nothing for 3 s"


def test_more_than_so_many_do_not_wait(world: World) -> None:
    world.waiting(WAITING)

    with pytest.raises(CannotWrite, match="too many ratings are waiting"):
        world.writer.send(EVENT)

    world.kafka.producer.ends[0].set_result(PLACE)
    assert not world.refuses


def test_a_rating_that_waits_too_long_fails_with_all_others_and_the_producer(world: World) -> None:
    first = world.waiting()
    world.step(PATIENCE_S - 1)
    stuck, later = world.kafka.producer, world.waiting(2)
    assert not any(one.done() for one in first)

    world.step(1)

    ends = [one.exception(0) for one in first + later]
    assert {type(one) for one in ends} == {ConnectionError}
    assert stuck.closed.wait(10)
    assert world.refuses
    assert world.writer.trouble is not None


def test_what_a_producer_that_was_given_up_says_later_is_not_heard(world: World) -> None:
    (written,) = world.waiting()
    stuck = world.kafka.producer
    world.step(PATIENCE_S)
    world.step()

    stuck.ends[0].set_result(PLACE)

    assert isinstance(written.exception(0), ConnectionError)
    assert world.writer.trouble is not None


@pytest.mark.parametrize("error", [KafkaError("full"), OSError("reset"), ValueError("what?")])
def test_a_record_that_kafka_refuses_is_told_and_another_producer_is_connected(
    world: World, error: Exception
) -> None:
    (written,) = world.waiting()
    refusing = world.kafka.producer

    refusing.ends[0].set_exception(error)
    world.step()
    world.step()

    with pytest.raises(ConnectionError, match=str(error)):
        written.result(0)
    assert refusing.closed.wait(10)
    assert world.kafka.producer is not refusing
    assert not world.refuses


@pytest.mark.parametrize("error", [KafkaError("full"), ValueError("Unrecognized partition")])
def test_a_record_that_the_library_does_not_even_send_is_told_too(
    world: World, error: Exception
) -> None:
    world.kafka.refuses = error
    (written,) = world.waiting()

    with pytest.raises(ConnectionError, match=str(error)):
        written.result(0)


def test_kafka_is_asked_only_when_nothing_else_tells_that_it_is_there(world: World) -> None:
    asked = world.kafka.asked

    world.step(ASKED_S / 2)
    assert world.kafka.asked == asked
    world.waiting()
    world.step(ASKED_S)
    assert world.kafka.asked == asked
    world.kafka.producer.ends[0].set_result(PLACE)
    world.step(ASKED_S)
    assert world.kafka.asked == asked + 1


def test_an_outage_is_noticed_and_its_end_too_without_a_rating(world: World) -> None:
    world.kafka.away = True
    world.step(ASKED_S)
    during = world.writer.trouble, world.refuses
    world.step(5)
    world.kafka.away = False
    world.step(5)
    after = world.refuses
    world.step(ASKED_S)

    assert during == (f"cannot write: Kafka has acknowledged nothing for {ASKED_S:.0f} s", True)
    assert not after
    assert world.waiting()
    world.kafka.producer.ends[-1].set_result(PLACE)
    assert world.writer.trouble is None


def test_while_kafka_answers_but_acknowledges_nothing_it_cannot_be_written(world: World) -> None:
    seen = set()
    for _ in range(3):
        world.waiting()
        world.step(PATIENCE_S)
        world.step()  # connected again
        seen.add(world.writer.trouble is not None)

    assert seen == {True}
    world.step(ASKED_S)
    assert world.writer.trouble is None


def test_when_the_process_is_to_stop_ratings_wait_no_longer_than_a_moment(world: World) -> None:
    (written,) = world.waiting()
    world.stopping = True
    world.step(STOPPING_S / 2)
    assert not written.done()
    assert world.refuses

    world.step(STOPPING_S / 2)

    assert isinstance(written.exception(0), ConnectionError)


def test_it_runs_until_the_process_is_to_stop_and_closes_its_producer() -> None:
    world = World()
    with world.writer.running():
        eventually(lambda: world.kafka.producers and not world.refuses, 10, "a producer")
        world.stopping = True
        eventually(lambda: world.kafka.producer.ends, 10, "its last records")
        for one in world.kafka.producer.ends:
            one.set_result(PLACE)

    assert world.kafka.producer.closed.wait(10)

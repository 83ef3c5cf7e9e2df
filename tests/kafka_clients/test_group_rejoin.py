"""A member that its group has not had for long joins anew."""

import math
import threading
import uuid
from contextlib import closing

import pytest

from harness.builders import PARTITIONS
from harness.eventually import eventually
from kafka_clients import Consumed, NoBroker, group_rejoin, join_group
from kafka_clients.group_rejoin import REJOINS_AFTER_S, RejoiningConsumer

JOINED_WITHIN_S = 30


class Client:
    """One that is in the group as long as it is said to be."""

    def __init__(self) -> None:
        self.in_group = False
        self.closed = threading.Event()

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        return {}

    def assigned(self) -> list[int]:
        return [0] if self.in_group else []

    def seek(self, partition: int, offset: int) -> None:
        pass

    def behind(self, partition: int) -> int:
        return 0

    def show_progress(self) -> None:
        pass

    def confirmed_s(self) -> float:
        return 0.0 if self.in_group else math.inf

    def close(self) -> None:
        self.closed.set()


class Joined:
    """A member, its clients so far, and its clock."""

    def __init__(self) -> None:
        self.clients, self.now_s, self.kafka_answers = list[Client](), 0.0, True
        self.member = RejoiningConsumer(self.join, lambda: self.now_s)

    def join(self) -> Client:
        if not self.kafka_answers:
            raise NoBroker("away")
        self.clients.append(Client())
        return self.clients[-1]

    def poll(self, now_s: float) -> None:
        self.now_s = now_s
        self.member.poll(0, 1)


@pytest.fixture
def joined() -> Joined:
    return Joined()


def test_a_join_may_take_as_long_as_a_group_waits(joined: Joined) -> None:
    joined.poll(REJOINS_AFTER_S)

    assert len(joined.clients) == 1


def test_who_is_not_in_the_group_after_that_joins_by_another_client(joined: Joined) -> None:
    joined.poll(REJOINS_AFTER_S + 1)

    joined.clients[-1].in_group = True
    assert len(joined.clients) == 2
    assert joined.member.assigned() == [0]
    assert joined.clients[0].closed.wait(5)


def test_another_client_gets_as_long_as_the_first(joined: Joined) -> None:
    for now_s in (REJOINS_AFTER_S + 1, 2 * REJOINS_AFTER_S + 1):
        joined.poll(now_s)

    assert len(joined.clients) == 2


def test_who_was_in_the_group_until_now_does_not_join_anew(joined: Joined) -> None:
    joined.clients[0].in_group = True
    joined.poll(REJOINS_AFTER_S + 1)
    joined.clients[0].in_group = False

    joined.poll(2 * REJOINS_AFTER_S)

    assert len(joined.clients) == 1


def test_a_broker_that_is_away_is_told_and_joined_later(joined: Joined) -> None:
    joined.kafka_answers = False
    with pytest.raises(NoBroker):
        joined.poll(REJOINS_AFTER_S + 1)
    joined.kafka_answers = True

    joined.poll(REJOINS_AFTER_S + 2)

    assert len(joined.clients) == 2


@pytest.mark.integration
def test_a_client_that_has_left_its_group_is_replaced(
    kafka: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_rejoin, "REJOINS_AFTER_S", 3.0)
    group = uuid.uuid4().hex[:12]
    with closing(join_group("confluent-kafka", kafka, topic, group, lambda _: 0)) as member:

        def has_all() -> bool:
            member.poll(0.05, 1)
            return len(member.assigned()) == PARTITIONS

        eventually(has_all, JOINED_WITHIN_S, "all partitions", every_s=0)
        assert isinstance(member, RejoiningConsumer)
        first = member._member
        first._consumer.unsubscribe()  # type: ignore[attr-defined]
        eventually(
            lambda: has_all() and member._member is not first,
            JOINED_WITHIN_S,
            "all partitions for another client",
            every_s=0,
        )

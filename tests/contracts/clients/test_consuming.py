"""Members of a group, by both libraries, keep the same promises."""

import itertools
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from kafka import KafkaConsumer, TopicPartition

from contracts.clients import Admin, Consumed, Consuming, Producer, join_group
from contracts.settings import KafkaClient
from tests.builders import PARTITIONS
from tests.contracts.clients.reports import Reports, everything, numbered

pytestmark = pytest.mark.integration

JOINED_WITHIN_S = 30
BOTH: tuple[KafkaClient, KafkaClient] = ("kafka-python", "confluent-kafka")

Join = Callable[..., Consuming]


@pytest.fixture
def group() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def join(library: KafkaClient, kafka: str, topic: str, group: str) -> Iterator[Join]:
    """Joins the test's own group; members leave it after the test."""
    with ExitStack() as stack:

        def joined(begin_at: Callable[[int], int] = lambda _: 0) -> Consuming:
            one = join_group(library, kafka, topic, group, begin_at)
            return stack.enter_context(closing(one))

        yield joined


def put(kafka: str, topic: str, count: int, first: int = 0) -> None:
    """Numbered records over all partitions."""
    reports = Reports()
    with closing(Producer(kafka, "test")) as producer:
        producer.send_all(topic, numbered(count, first), reports)
        producer.flush()
    assert reports.acknowledged == count


def read(member: Consuming, count: int, limit: int = 500) -> dict[int, list[int]]:
    """Offsets of the next so many records, by partition."""
    found: dict[int, list[int]] = {}
    deadline = time.monotonic() + JOINED_WITHIN_S
    while sum(map(len, found.values())) < count and time.monotonic() < deadline:
        for partition, some in member.poll(0.1, limit).items():
            found.setdefault(partition, []).extend(one.offset for one in some)
    return found


def poll_until(there: Callable[[], bool], *members: Consuming) -> None:
    """Keep members, who have nothing left to read, alive until something is so."""
    deadline = time.monotonic() + JOINED_WITHIN_S
    while not there():
        assert time.monotonic() < deadline
        for member in members:
            assert member.poll(0.05, 1) == {}


def all_of(count: int) -> dict[int, list[int]]:
    """The first offsets of every partition."""
    return {p: list(range(count)) for p in range(PARTITIONS)}


def test_records_come_as_they_lie_in_the_topic(join: Join, kafka: str, topic: str) -> None:
    with closing(Producer(kafka, "test")) as producer:
        producer.send(topic, b"7", b"", 1)
        producer.send(topic, b"", b"value", 1)
    member, found = join(), list[Consumed]()

    while len(found) < 2:
        found += member.poll(0.1, 500).get(1, [])

    assert found == everything(kafka, topic)[1]


def test_a_topic_that_is_still_to_come_is_waited_for(
    library: KafkaClient, kafka: str, group: str
) -> None:
    with closing(join_group(library, kafka, group, group, lambda _: 0)) as member:
        assert member.poll(0.5, 1) == {}

        with closing(Admin(kafka)) as admin:
            admin.create({group: (PARTITIONS, {})})
        poll_until(lambda: len(member.assigned()) == PARTITIONS, member)


@pytest.mark.parametrize("poll_s", [0.001, 0.005, 0.01])
def test_a_member_whose_polls_are_shorter_than_joining_gets_its_partitions(
    library: KafkaClient, kafka: str, topic: str, group: str, poll_s: float
) -> None:
    deadline = time.monotonic() + JOINED_WITHIN_S
    with closing(join_group(library, kafka, topic, group, lambda _: 0)) as member:
        while len(member.assigned()) < PARTITIONS:
            assert time.monotonic() < deadline
            member.poll(poll_s, 1)


def test_everything_comes_once_and_in_order(join: Join, kafka: str, topic: str) -> None:
    put(kafka, topic, 4000)

    assert read(join(), 4000, limit=37) == all_of(1000)


def test_no_more_come_at_once_than_asked_for(join: Join, kafka: str, topic: str) -> None:
    put(kafka, topic, 100)
    member = join()
    read(member, 1, limit=1)

    sizes = [sum(map(len, member.poll(1, 7).values())) for _ in range(5)]

    assert max(sizes) <= 7


def test_a_record_that_is_there_is_not_waited_for(join: Join, kafka: str, topic: str) -> None:
    member = join()
    poll_until(lambda: len(member.assigned()) == PARTITIONS, member)
    put(kafka, topic, 1)

    began = time.monotonic()
    found = member.poll(20, 500)

    assert found
    assert time.monotonic() - began < 5


def test_a_partition_begins_where_the_caller_says(join: Join, kafka: str, topic: str) -> None:
    put(kafka, topic, 400)

    found = read(join(lambda partition: 90 + partition), 40 - 6)

    assert found == {p: list(range(90 + p, 100)) for p in range(PARTITIONS)}


def test_a_member_reads_on_from_where_it_has_sought(join: Join, kafka: str, topic: str) -> None:
    put(kafka, topic, 8000)
    member, choose = join(lambda _: 2000), random.Random(7)
    poll_until(lambda: len(member.assigned()) == PARTITIONS, member)
    place = dict.fromkeys(range(PARTITIONS), 2000)

    for _ in range(60):
        partition, offset = choose.randrange(PARTITIONS), choose.randrange(2000)
        member.seek(partition, offset)
        place[partition] = offset
        for _ in range(choose.randrange(4)):
            for p, some in member.poll(0.2, choose.choice([1, 50, 3000])).items():
                assert [one.offset for one in some] == list(range(place[p], place[p] + len(some)))
                place[p] += len(some)

    assert read(member, sum(2000 - at for at in place.values())) == {
        p: list(range(at, 2000)) for p, at in place.items() if at < 2000
    }


def test_behind_is_what_the_broker_has_and_we_do_not(join: Join, kafka: str, topic: str) -> None:
    put(kafka, topic, 400)
    member = join()
    found = read(member, 1, limit=1)
    partition = next(iter(found))

    assert member.behind(partition) == 100 - len(found[partition])

    read(member, 400 - sum(map(len, found.values())))
    assert [member.behind(p) for p in range(PARTITIONS)] == [0] * PARTITIONS

    put(kafka, topic, 40, first=400)
    read(member, 40)
    assert [member.behind(p) for p in range(PARTITIONS)] == [0] * PARTITIONS


def test_progress_is_shown_to_whoever_looks_at_the_group(
    join: Join, kafka: str, topic: str, group: str
) -> None:
    put(kafka, topic, 400)
    member = join()
    read(member, 400)

    member.show_progress()

    with closing(KafkaConsumer(bootstrap_servers=kafka, group_id=group)) as looking:
        places = [TopicPartition(topic, p) for p in range(PARTITIONS)]
        poll_until(lambda: [looking.committed(at) for at in places] == [100] * PARTITIONS, member)


@pytest.mark.parametrize(("leaves", "stays"), list(itertools.product(BOTH, BOTH)))
def test_partitions_are_shared_and_taken_over(
    leaves: KafkaClient, stays: KafkaClient, kafka: str, topic: str, group: str
) -> None:
    with closing(join_group(stays, kafka, topic, group, lambda _: 0)) as staying:
        with closing(join_group(leaves, kafka, topic, group, lambda _: 0)) as leaving:
            both = (staying, leaving)
            poll_until(lambda: all(len(one.assigned()) == PARTITIONS // 2 for one in both), *both)
            shared = sorted(staying.assigned() + leaving.assigned())

        poll_until(lambda: len(staying.assigned()) == PARTITIONS, staying)
        put(kafka, topic, 40)

        assert shared == [*range(PARTITIONS)]
        assert read(staying, 40) == all_of(10)

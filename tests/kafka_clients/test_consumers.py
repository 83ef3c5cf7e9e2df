"""Members of a group, by both libraries, keep the same promises."""

import itertools
import math
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from contracts.settings import KafkaClient
from harness.builders import PARTITIONS
from harness.eventually import eventually
from kafka_clients import Admin, Consumed, ConsumerClient, connect_producer, join_group
from tests.kafka_clients.delivery_reports import Reports
from tests.kafka_clients.numbered_records import everything, numbered

pytestmark = pytest.mark.integration

JOINED_WITHIN_S = 30
BOTH: tuple[KafkaClient, KafkaClient] = ("kafka-python", "confluent-kafka")

Join = Callable[..., ConsumerClient]


@pytest.fixture
def group() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def join(library: KafkaClient, kafka: str, topic: str, group: str) -> Iterator[Join]:
    """Joins the test's own group; members leave it after the test."""
    with ExitStack() as stack:

        def joined(begin_at: Callable[[int], int] = lambda _: 0) -> ConsumerClient:
            one = join_group(library, kafka, topic, group, begin_at)
            return stack.enter_context(closing(one))

        yield joined


def put(kafka: str, topic: str, count: int, first: int = 0) -> None:
    """Numbered records over all partitions."""
    reports = Reports()
    with closing(connect_producer("kafka-python", kafka, "test", 60)) as producer:
        producer.send_all(topic, numbered(count, first), reports)
        producer.flush()
    assert reports.acknowledged == count


def read(member: ConsumerClient, count: int, limit: int = 500) -> dict[int, list[int]]:
    """Offsets of the next so many records, by partition."""
    found: dict[int, list[int]] = {}

    def all_read() -> bool:
        for partition, some in member.poll(0.1, limit).items():
            found.setdefault(partition, []).extend(one.offset for one in some)
        return sum(map(len, found.values())) >= count

    eventually(all_read, JOINED_WITHIN_S, f"{count} records", 0, told=lambda: f"read: {found}")
    return found


def poll_until(there: Callable[[], object], *members: ConsumerClient, poll_s: float = 0.05) -> None:
    """Keep members, who have nothing left to read, alive until something is so."""

    def seen() -> object:
        if not (found := there()):
            assert [member.poll(poll_s, 1) for member in members] == [{}] * len(members)
        return found

    eventually(seen, JOINED_WITHIN_S, "what the members come to", every_s=0)


def all_given(admin: KafkaAdminClient, group: str) -> bool:
    """Whether members have all partitions in a group that is stable, as the broker tells."""
    told = admin.describe_groups([group])[group]
    members = told["members"] if told["group_state"] == "Stable" else []
    assigned = [one for m in members for one in m["member_assignment"]["assigned_partitions"]]
    return sum(len(one["partitions"]) for one in assigned) == PARTITIONS


def all_of(count: int) -> dict[int, list[int]]:
    """The first offsets of every partition."""
    return {p: list(range(count)) for p in range(PARTITIONS)}


def test_records_come_as_they_lie_in_the_topic(join: Join, kafka: str, topic: str) -> None:
    with closing(connect_producer("kafka-python", kafka, "test", 60)) as producer:
        producer.send_all(topic, [(b"7", b"", 1), (b"", b"value", 1)], Reports())
    member, found = join(), list[Consumed]()

    def both_came() -> bool:
        found.extend(member.poll(0.1, 500).get(1, []))
        return len(found) >= 2

    eventually(both_came, JOINED_WITHIN_S, "two records", every_s=0)

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
    with closing(join_group(library, kafka, topic, group, lambda _: 0)) as member:
        poll_until(lambda: len(member.assigned()) == PARTITIONS, member, poll_s=poll_s)


def test_a_join_that_ended_between_two_polls_is_taken_by_the_next(
    library: KafkaClient, kafka: str, topic: str
) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=kafka)) as admin:
        for group in (f"test-{uuid.uuid4().hex[:12]}" for _ in range(5)):
            with closing(join_group(library, kafka, topic, group, lambda _: 0)) as member:
                poll_until(partial(all_given, admin, group), member, poll_s=0)

                member.poll(0, 1)
                if library == "confluent-kafka":  # it learns of it in a thread of its own
                    poll_until(member.assigned, member)

                assert member.assigned() == list(range(PARTITIONS))


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


def test_a_group_confirms_what_it_has_given_whenever_a_place_is_shown(
    join: Join, kafka: str, topic: str
) -> None:
    member = join()
    before = member.confirmed_s()
    poll_until(lambda: len(member.assigned()) == PARTITIONS, member)
    given_s, shown_at = member.confirmed_s(), time.monotonic()

    member.show_progress()

    poll_until(lambda: member.confirmed_s() < time.monotonic() - shown_at, member)
    assert before == math.inf
    assert given_s < JOINED_WITHIN_S


def test_a_member_for_whom_no_partition_is_left_is_confirmed_too(
    library: KafkaClient, kafka: str, group: str
) -> None:
    with closing(Admin(kafka)) as admin:
        admin.create({group: (1, {})})
    with (
        closing(join_group(library, kafka, group, group, lambda _: 0)) as one,
        closing(join_group(library, kafka, group, group, lambda _: 0)) as other,
    ):
        poll_until(lambda: max(one.confirmed_s(), other.confirmed_s()) < math.inf, one, other)
        assert len(one.assigned() + other.assigned()) == 1
        shown_at = time.monotonic()

        for member in (one, other):
            member.show_progress()

        poll_until(lambda: one.confirmed_s() < time.monotonic() - shown_at, one, other)
        poll_until(lambda: other.confirmed_s() < time.monotonic() - shown_at, one, other)


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

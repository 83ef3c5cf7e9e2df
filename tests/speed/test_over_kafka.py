"""The loop on a real topic, by both Kafka libraries."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from contracts.events import encode
from contracts.partitioner import partition_of
from contracts.settings import KafkaClient, Settings
from contracts.topics import topic_configs
from event_log import Storage
from harness.builders import AT_MS, PARTITIONS, rated
from harness.eventually import eventually
from kafka_clients import Admin, connect_producer, join_group
from redis_store.partition_position import Position
from redis_store.speed import Change
from speed.active_model import ActiveModel
from speed.job import Job
from speed.partition_positions import PartitionPositions
from tests.kafka_clients.delivery_reports import Reports
from tests.speed.fakes import FakeSpeedStore, worker_on
from tests.speed.stepped_job import OneVersion

pytestmark = pytest.mark.integration

DONE_WITHIN_S = 120
USERS = range(1, 21)
P = partition_of(7, PARTITIONS)

Start = Callable[[FakeSpeedStore], Job]


@pytest.fixture(params=["kafka-python", "confluent-kafka"])
def start(request: pytest.FixtureRequest, settings: Settings, log: Storage) -> Iterator[Start]:
    """Starts workers of one group, by a library, each on a store."""
    library: KafkaClient = request.param
    topics = settings.topics
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(topics, PARTITIONS))
    with ExitStack() as stack:

        def started(store: FakeSpeedStore) -> Job:
            partitions = PartitionPositions(store, log, time.monotonic)
            member = join_group(
                library,
                settings.kafka,
                topics.ratings,
                topics.ratings,
                partitions.begin_at,
            )
            stack.enter_context(closing(member))
            worker = worker_on(store)
            model = ActiveModel(OneVersion(), lambda: 0.0)
            clocks = time.monotonic, time.sleep, lambda: AT_MS
            told = worker.status, worker.freshness, worker.metrics, "", topics.ratings
            return Job(
                lambda: None, member, partitions, worker, model, *told, lambda: True, *clocks
            )

        yield started


def rate(settings: Settings, movies: range) -> None:
    """A rating of each movie by everybody."""
    records = [
        (b"%d" % user, encode(rated(user_id=user, movie_id=movie)), partition_of(user, PARTITIONS))
        for movie in movies
        for user in USERS
    ]
    with closing(connect_producer("kafka-python", settings.kafka, "test", 60)) as producer:
        producer.send_all(settings.topics.ratings, records, Reports())
        producer.flush()


def movies_of_everybody(store: FakeSpeedStore) -> list[int]:
    histories = (store.histories(partition_of(u, PARTITIONS), [u])[u] for u in USERS)
    return [len(one.entries) for one in histories]


def step_until(there: Callable[[], bool], *jobs: Job) -> None:
    def seen() -> bool:
        for job in jobs:
            job.step()
        return there()

    eventually(seen, DONE_WITHIN_S, "what the steps lead to", every_s=0)


def test_everything_that_is_in_the_topic_is_applied(start: Start, settings: Settings) -> None:
    store = FakeSpeedStore()
    rate(settings, range(1, 101))

    step_until(lambda: movies_of_everybody(store) == [100] * len(USERS), start(store))

    positions = [store.position(p).next_offset for p in range(PARTITIONS)]
    assert sum(positions) == 100 * len(USERS)


def test_a_worker_that_was_overtaken_goes_on_from_the_position(
    start: Start, settings: Settings
) -> None:
    store = FakeSpeedStore()
    rate(settings, range(1, 101))
    job = start(store)
    step_until(lambda: store.position(P).next_offset > 0, job)
    overtaken = store.position(P).next_offset
    end = 100 * sum(partition_of(user, PARTITIONS) == P for user in USERS)

    store.write(P, Change(overtaken, Position(end - 5, end - 5)))
    step_until(lambda: store.position(P).next_offset == end, job)

    assert store.position(P).next_offset == end


def test_a_worker_whose_store_was_emptied_reads_everything_again(
    start: Start, settings: Settings
) -> None:
    store = FakeSpeedStore()
    rate(settings, range(1, 101))
    job = start(store)
    step_until(lambda: movies_of_everybody(store) == [100] * len(USERS), job)

    store.empty()
    step_until(lambda: movies_of_everybody(store) == [100] * len(USERS), job)

    positions = [store.position(p) for p in range(PARTITIONS)]
    assert sum(one.applied for one in positions) == 100 * len(USERS)


def test_workers_hand_partitions_over_and_lose_nothing(start: Start, settings: Settings) -> None:
    store = FakeSpeedStore()
    first = start(store)
    rate(settings, range(1, 51))
    step_until(lambda: max(movies_of_everybody(store)) > 0, first)

    second = start(store)
    step_until(lambda: len(second.consumer.assigned()) == PARTITIONS // 2, first, second)
    rate(settings, range(51, 101))

    step_until(lambda: movies_of_everybody(store) == [100] * len(USERS), first, second)

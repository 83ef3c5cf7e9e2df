"""Live quality is what `batch evaluate --protocol prequential` tells of the same events.

On real ratings with their own times, a fixed model, and one burst a poll: through topic, event log,
load, published lists and the loop on the one side, through the evaluator's arrays on the other.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

import event_log
from batch.build_lists import content_of, make
from batch.evaluation.dataset import load
from batch.evaluation.prequential_baselines import Frozen
from batch.evaluation.splits import in_time
from batch.native_engine import Native
from batch.snapshot import take
from batch.training import train
from contracts.artefact import Model
from contracts.events import Event, encode
from contracts.hyper_parameters import Parameters
from contracts.partitioner import partition_of
from contracts.settings import Settings
from contracts.topics import topic_configs
from contracts.version_lists import VersionLists
from event_log import Storage
from harness.builders import AT_MS, PARTITIONS, log_rows, rated
from harness.eventually import eventually
from kafka_clients import Admin, ProducerClient, connect_producer, join_group
from recommender.prequential import GAPS, gap_name
from recommender.prequential_evaluation import run_prequential
from recommender.prequential_models import Live, LivePopular
from recommender.ratings import Histories, IndexedRatings, Split
from recommender.scorers import Factored, Popular, likes_of
from redis_store.connection import connect
from redis_store.live_quality_counts import AFTER_A_MINUTE, JUDGED_FROM
from redis_store.speed import SpeedStore
from redis_store.versions import VersionStore
from speed.active_model import ActiveModel
from speed.job import Job
from speed.partition_positions import PartitionPositions
from tests.kafka_clients.delivery_reports import Reports
from tests.speed.fakes import worker_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARAMETERS = Parameters(rank=16, iterations=4)
WALKED = 3_000
APPLIED_WITHIN_S = 240
"""Ratings of the held-out side."""
TOP = 10


@pytest.fixture(scope="module")
def split(data: Path) -> Split:
    whole = in_time(load(data))
    return Split(whole.train, whole.test.where(slice(WALKED)))


@pytest.fixture(scope="module")
def model(split: Split) -> Model:
    return train(split.train.rated(), PARAMETERS, Native(2))


def told_by_the_evaluator(split: Split, model: Model) -> Counter[str]:
    counts, scorer = likes_of(split.train), Factored(model, split.train.movie_ids)
    result = run_prequential(
        split,
        {
            "live": Live(scorer, Popular(counts)),
            "frozen": Frozen(scorer, Popular(counts), Histories.in_(split.train)),
            "popular": LivePopular(counts.copy()),
        },
    )
    found: Counter[str] = Counter()
    groups = np.searchsorted(JUDGED_FROM, result.prior_likes, side="right") - 1
    gaps = np.array([gap_name(gap_s) for gap_s in result.gap_s.tolist()])
    buckets = np.floor(np.log2(counts[result.movies] + 1))
    cases = {str(least): groups == group for group, least in enumerate(JUDGED_FROM)}
    cases |= {gap: gaps == gap for gap in GAPS}
    paused = np.isin(gaps, AFTER_A_MINUTE)
    cases |= {f"p{n:.0f}": paused & (buckets == n) for n in np.unique(buckets)}
    for group, some in cases.items():
        found[f"{group}:likes"] = int(some.sum())
        for name, ranks in result.ranks.items():
            found[f"{group}:{name}"] = int((ranks[some] < TOP).sum())
    return found


def told_by_the_pipeline(
    split: Split, model: Model, settings: Settings, log: Storage
) -> Counter[str]:
    client, topic = connect(settings.redis_url, timeout_s=30), settings.topics.ratings
    store, versions = SpeedStore(client, settings.keys), VersionStore(client, settings.keys)
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, PARTITIONS))
    with closing(connect_producer("kafka-python", settings.kafka, "parity", 60)) as producer:
        send(producer, topic, events(split.train))
        ends = landed(split.train, log)
        versions.publish(model, made(model, log, ends))
        versions.activate(1, ends, 1, AT_MS)
        with running(settings, store, versions, log) as job:
            step_until(job, ends)
            for burst in polls(split.test):
                send(producer, topic, burst)
                partition = partition_of(burst[0].user_id, PARTITIONS)
                # What was fetched while the burst was being sent might be a part of it.
                job.consumer.seek(partition, ends[partition])
                ends[partition] += len(burst)
                step_until(job, {partition: ends[partition]})
    return sum((Counter(store.position(p).judged) for p in range(PARTITIONS)), Counter())


def made(model: Model, log: Storage, ends: dict[int, int]) -> VersionLists:
    """The model's lists of what has landed."""
    content = content_of(None, model.movies)
    return make(1, model, take(log, ends), PARTITIONS, AT_MS, content)


def send(producer: ProducerClient, topic: str, some: Iterable[Event]) -> None:
    """Have the topic hold these."""
    records = [
        (b"%d" % one.user_id, encode(one), partition_of(one.user_id, PARTITIONS)) for one in some
    ]
    producer.send_all(topic, records, Reports())
    producer.flush()


@contextmanager
def running(
    settings: Settings, store: SpeedStore, versions: VersionStore, log: Storage
) -> Iterator[Job]:
    """The loop of a worker that is alone."""
    topic, worker = settings.topics.ratings, worker_on(store)
    partitions = PartitionPositions(store, log, time.monotonic)
    with closing(
        join_group("kafka-python", settings.kafka, topic, topic, partitions.begin_at)
    ) as member:
        model = ActiveModel(versions, time.monotonic)
        told = worker.status, worker.freshness, worker.metrics, "", topic
        clocks = time.monotonic, time.sleep, lambda: AT_MS
        yield Job(lambda: None, member, partitions, worker, model, *told, lambda: True, *clocks)


def step_until(job: Job, ends: dict[int, int]) -> None:
    """Let the loop apply all below these offsets."""

    def applied() -> bool:
        at = ((job.worker.store.position(p).next_offset, end) for p, end in ends.items())
        return all(next_offset >= end for next_offset, end in at)

    def stepped() -> bool:
        if not (done := applied()):
            job.step()
        return done

    eventually(stepped, APPLIED_WITHIN_S, f"all below {ends} applied", every_s=0)


def landed(ratings: IndexedRatings, log: Storage) -> dict[int, int]:
    """The ratings in the event log; its next-offsets."""
    own: dict[int, list[Event]] = {partition: [] for partition in range(PARTITIONS)}
    for event in events(ratings):
        own[partition_of(event.user_id, PARTITIONS)].append(event)
    for partition, some in own.items():
        event_log.land(log, partition, [log_rows(*some)])
    return {partition: len(some) for partition, some in own.items()}


def polls(ratings: IndexedRatings) -> Iterator[list[Event]]:
    """Each burst."""
    same = groupby(events(ratings), lambda event: (event.user_id, event.rated_at_ms // 1000))
    return (list(burst) for _, burst in same)


def events(ratings: IndexedRatings) -> Iterator[Event]:
    users, movies = ratings.user_ids[ratings.users], ratings.movie_ids[ratings.movies]
    columns = (users, movies, ratings.half_stars, 1000 * ratings.at_s)
    for row in zip(*(column.tolist() for column in columns), strict=True):
        yield rated(*row)


def test_live_figures_are_the_evaluators(
    split: Split, model: Model, settings: Settings, log: Storage
) -> None:
    wanted = told_by_the_evaluator(split, model)

    found = told_by_the_pipeline(split, model, settings, log)

    assert +found == +wanted
    assert sum(found[f"{least}:likes"] for least in JUDGED_FROM) > WALKED / 4
    assert sum(found[f"{least}:live"] for least in JUDGED_FROM) > 0
    assert all(found[f"{gap}:live"] > 0 for gap in GAPS)

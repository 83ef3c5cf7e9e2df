"""Live quality is what `batch evaluate --protocol prequential` tells of the same events.

On real ratings with their own times, a fixed model, and one burst a poll: through topic, event log,
load, published lists and the loop on the one side, through the evaluator's arrays on the other.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from batch.evaluation.contenders import Factored, Popular, likes_of
from batch.evaluation.dataset import Ratings, load
from batch.evaluation.ranking import Histories
from batch.evaluation.splits import Split, in_time
from batch.evaluation.walk import bursts, walk
from batch.evaluation.walkers import Frozen, Live, LivePopular
from batch.lists import content_of, make
from batch.native import Native
from batch.snapshot import take
from batch.training import train
from contracts import eventlog
from contracts.artefact import Model, Parameters
from contracts.clients import Admin, Producer, join_group
from contracts.eventlog import Place
from contracts.events import Event, encode
from contracts.made import Made
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.speed import JUDGED_FROM, SpeedStore
from contracts.store.versions import VersionStore
from contracts.topics import partition_of, topic_configs
from speed.job import Job
from speed.models import ActiveModel
from speed.places import Places
from tests.builders import AT_MS, PARTITIONS, log_rows, rated
from tests.speed.fakes import worker_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARAMETERS = Parameters(rank=16, iterations=4, explicit_rank=4, explicit_iterations=2)
WALKED = 3_000
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
    walked = walk(
        split,
        {
            "live": Live(scorer, Popular(counts)),
            "frozen": Frozen(scorer, Popular(counts), Histories.in_(split.train)),
            "popular": LivePopular(counts.copy()),
        },
    )
    found: Counter[str] = Counter()
    groups = np.searchsorted(JUDGED_FROM, walked.prior_likes, side="right") - 1
    for group, least in enumerate(JUDGED_FROM):
        found[f"{least}:likes"] = int((groups == group).sum())
        for name, places in walked.places.items():
            found[f"{least}:{name}"] = int((places[groups == group] < TOP).sum())
    return found


def told_by_the_pipeline(
    split: Split, model: Model, settings: Settings, log: Place
) -> Counter[str]:
    client, topic = connect(settings.redis_url, timeout_s=30), settings.topics.ratings
    store, versions = SpeedStore(client, settings.keys), VersionStore(client, settings.keys)
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, PARTITIONS))
    with closing(Producer(settings.kafka, "parity")) as producer:
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
                job.places.consumer.seek(partition, ends[partition])
                ends[partition] += len(burst)
                step_until(job, {partition: ends[partition]})
    return sum((Counter(store.position(p).judged) for p in range(PARTITIONS)), Counter())


def made(model: Model, log: Place, ends: dict[int, int]) -> Made:
    """The model's lists of what has landed."""
    content = content_of(None, model.movies)
    return make(1, model, take(log, ends), PARTITIONS, AT_MS, content)


def send(producer: Producer, topic: str, some: Iterable[Event]) -> None:
    """Have the topic hold these."""
    for one in some:
        partition = partition_of(one.user_id, PARTITIONS)
        producer.send(topic, b"%d" % one.user_id, encode(one), partition)
    producer.flush()


@contextmanager
def running(
    settings: Settings, store: SpeedStore, versions: VersionStore, log: Place
) -> Iterator[Job]:
    """The loop of a worker that is alone."""
    topic, worker = settings.topics.ratings, worker_on(store)
    with closing(
        join_group("kafka-python", settings.kafka, topic, topic, lambda p: places.begin_at(p))  # noqa: PLW0108
    ) as member:
        places, model = Places(member, store, log), ActiveModel(versions, time.monotonic)
        told = worker.status, worker.freshness, worker.metrics, ""
        clocks = time.monotonic, time.sleep, lambda: AT_MS
        yield Job(places, worker, model, *told, lambda: True, *clocks)


def step_until(job: Job, ends: dict[int, int]) -> None:
    """Let the loop apply all below these offsets."""
    while any(job.worker.store.position(p).next_offset < end for p, end in ends.items()):
        job.step()


def landed(ratings: Ratings, log: Place) -> dict[int, int]:
    """The ratings in the event log; its next-offsets."""
    own: dict[int, list[Event]] = {partition: [] for partition in range(PARTITIONS)}
    for event in events(ratings):
        own[partition_of(event.user_id, PARTITIONS)].append(event)
    for partition, some in own.items():
        eventlog.land(log, partition, [log_rows(*some)])
    return {partition: len(some) for partition, some in own.items()}


def polls(ratings: Ratings) -> Iterator[list[Event]]:
    """Each burst."""
    all_events = list(events(ratings))
    return (all_events[first:last] for first, last in bursts(ratings))


def events(ratings: Ratings) -> Iterator[Event]:
    users, movies = ratings.user_ids[ratings.users], ratings.movie_ids[ratings.movies]
    columns = (users, movies, ratings.half_stars, 1000 * ratings.at_s)
    for row in zip(*(column.tolist() for column in columns), strict=True):
        yield rated(*row)


def test_live_figures_are_the_evaluators(
    split: Split, model: Model, settings: Settings, log: Place
) -> None:
    wanted = told_by_the_evaluator(split, model)

    found = told_by_the_pipeline(split, model, settings, log)

    assert +found == +wanted
    assert sum(found[f"{least}:likes"] for least in JUDGED_FROM) > WALKED / 4
    assert sum(found[f"{least}:live"] for least in JUDGED_FROM) > 0

"""Live quality is what `batch evaluate --protocol prequential` tells of the same events.

On real ratings, a fixed model, and one burst a poll: through event log, load, published lists and
worker on the one side, through the evaluator's arrays on the other.
"""

from collections import Counter
from collections.abc import Iterator
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
from contracts.clients import Consumed
from contracts.eventlog import Place
from contracts.events import Event
from contracts.store.connection import connect
from contracts.store.speed import JUDGED_FROM, SpeedStore, new_fence
from contracts.store.versions import VersionStore
from contracts.topics import partition_of
from speed.loading import changes
from speed.models import ActiveModel
from tests.builders import AT_MS, PARTITIONS, log_rows, own_keys, rated, record
from tests.speed.fakes import worker_on

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARAMETERS = Parameters(rank=16, iterations=4, explicit_rank=4, explicit_iterations=2)
WALKED = 6_000
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


def told_by_the_worker(split: Split, model: Model, redis_url: str, log: Place) -> Counter[str]:
    client, keys = connect(redis_url, timeout_s=30), own_keys()
    store, versions = SpeedStore(client, keys), VersionStore(client, keys)
    ends = landed(split.train, log)
    snapshot = take(log, ends)
    content = content_of(None, model.movies)
    versions.publish(model, make(1, model, snapshot, PARTITIONS, AT_MS, content))
    versions.activate(1, ends, 1, AT_MS)
    for partition, end in ends.items():
        fence = new_fence()
        store.begin_load(partition, fence)
        for change in changes(log, partition, end, fence):
            store.write(partition, change)
    active = ActiveModel(versions, lambda: 0.0)
    active.noticed()
    worker = worker_on(store)
    for partition, burst in polls(split.test, ends):
        worker.apply(partition, burst, active.live, behind=False)
    found: Counter[str] = Counter()
    for partition in range(PARTITIONS):
        found.update(store.position(partition).judged)
    return found


def landed(ratings: Ratings, log: Place) -> dict[int, int]:
    """The ratings in the event log; its next-offsets."""
    own: dict[int, list[Event]] = {partition: [] for partition in range(PARTITIONS)}
    for event in events(ratings):
        own[partition_of(event.user_id, PARTITIONS)].append(event)
    for partition, some in own.items():
        eventlog.land(log, partition, [log_rows(*some)])
    return {partition: len(some) for partition, some in own.items()}


def polls(ratings: Ratings, ends: dict[int, int]) -> Iterator[tuple[int, list[Consumed]]]:
    """Each burst as one poll of its partition, behind what has landed."""
    following, all_events = dict(ends), list(events(ratings))
    for first, last in bursts(ratings):
        partition = partition_of(all_events[first].user_id, PARTITIONS)
        records = [record(event) for event in all_events[first:last]]
        yield partition, [Consumed(following[partition] + n, r) for n, r in enumerate(records)]
        following[partition] += len(records)


def events(ratings: Ratings) -> Iterator[Event]:
    users, movies = ratings.user_ids[ratings.users], ratings.movie_ids[ratings.movies]
    columns = (users, movies, ratings.half_stars, 1000 * ratings.at_s)
    for row in zip(*(column.tolist() for column in columns), strict=True):
        yield rated(*row)


def test_live_figures_are_the_evaluators(
    split: Split, model: Model, redis_url: str, log: Place
) -> None:
    wanted = told_by_the_evaluator(split, model)

    found = told_by_the_worker(split, model, redis_url, log)

    assert +found == +wanted
    assert sum(found[f"{least}:likes"] for least in JUDGED_FROM) > WALKED / 4
    assert sum(found[f"{least}:live"] for least in JUDGED_FROM) > 0

"""Lists that the worker makes of real ratings hold what the last half-step of training says."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from batch.evaluation.dataset import load, load_content
from batch.native_engine import Native
from batch.training import train
from contracts.active_version import Active
from contracts.artefact import Manifest, Model, folder, save
from contracts.hyper_parameters import Parameters
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList
from contracts.topics import Identity
from harness.builders import AT_MS, PARTITIONS, rated, record
from harness.checker.expected_lists import artefact_in, wrong_lists
from harness.checker.expected_state import truth_of
from harness.checker.state_types import RankedList as DecodedList
from harness.checker.topic_dump import Row
from kafka_clients import Consumed
from recommender import als
from recommender.fold_in import Folder
from recommender.popularity_prior import weight
from recommender.preference import LIKE_FROM
from recommender.ratings import IndexedRatings, Pairs
from speed.active_model import Live
from speed.live_quality import Popular
from tests.speed.fakes import FakeSpeedStore, worker_on

pytestmark = pytest.mark.slow

PARAMETERS = Parameters(rank=32, iterations=6)
PRECISION = 1e-4
ENOUGH_STEPS = 60


@pytest.fixture(scope="module")
def ratings(data: Path) -> IndexedRatings:
    return load(data)


@pytest.fixture(scope="module")
def model(ratings: IndexedRatings, data: Path) -> Model:
    return train(ratings.rated(), PARAMETERS, Native(2), describe=load_content(data))


@pytest.fixture(scope="module")
def records(ratings: IndexedRatings) -> dict[int, list[Consumed]]:
    """All ratings, as records of their partitions."""
    found: dict[int, list[Consumed]] = {partition: [] for partition in range(PARTITIONS)}
    users, movies = ratings.user_ids[ratings.users], ratings.movie_ids[ratings.movies]
    for user, movie, half in zip(users, movies, ratings.half_stars, strict=True):
        own = found[partition_of(int(user), PARTITIONS)]
        own.append(Consumed(len(own), record(rated(int(user), int(movie), int(half)))))
    return found


@pytest.fixture(scope="module")
def lists(model: Model, records: dict[int, list[Consumed]]) -> dict[tuple[int, int], RankedList]:
    """What the worker makes of them, a few thousand a poll."""
    store = FakeSpeedStore()
    worker = worker_on(store)
    live = Live(Active(1, 1, None, {}, {}, AT_MS), Folder(model), Popular(model))
    found: dict[tuple[int, int], RankedList] = {}
    for partition, own in records.items():
        for first in range(0, len(own), 5_000):
            worker.apply(partition, own[first : first + 5_000], live, behind=False)
        users = {int(one.record.key or b"0") for one in own}
        found |= {(partition, u): one for u, one in store.lists(partition, users).items()}
    return found


def test_the_workers_scores_are_those_of_the_half_step(
    ratings: IndexedRatings, model: Model, lists: dict[tuple[int, int], RankedList]
) -> None:
    p, shape = PARAMETERS, (len(ratings.user_ids), len(ratings.movie_ids))
    weighing = als.Weighing(p.dislike_weight, p.unobserved_weight, p.regularisation, p.base_likes)
    problem = als.likes(
        Pairs.alike(ratings.users, ratings.movies, shape), ratings.half_stars, weighing
    )
    vectors = np.zeros((shape[0], model.factors.shape[1]), np.float32)
    gram = Folder(model).gram.astype(np.float32)
    with ThreadPoolExecutor(2) as pool:
        als.half_step(problem.by_user, model.factors, gram, vectors, pool, 2, ENOUGH_STEPS)
    likes = np.bincount(ratings.users[ratings.half_stars >= LIKE_FROM], minlength=shape[0])

    for row, user in enumerate(ratings.user_ids.tolist()):
        found = lists[partition_of(user, PARTITIONS), user]
        at = np.searchsorted(model.movies, found.movies)
        prior = weight(int(likes[row]), p.prior_weights) * model.prior[at]
        liked = ratings.movies[(ratings.users == row) & (ratings.half_stars >= LIKE_FROM)]
        common = in_common(model.factors[liked, p.rank :].astype(np.float64))
        wanted = model.factors[at] @ vectors[row] + prior
        wanted += p.content_agreement * model.factors[at, p.rank :] @ common
        assert found.scores == pytest.approx(wanted, abs=PRECISION)


def in_common(content: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean content of likes, times the square of how far they agree."""
    products = content @ content.T
    if not (alone := np.trace(products)):
        return np.zeros(content.shape[1])
    agreement = (products.sum() - alone) / (len(content) * alone)
    return np.asarray(agreement**2 * content.mean(axis=0), np.float64)


def test_the_workers_lists_are_those_that_the_checker_expects(
    model: Model,
    records: dict[int, list[Consumed]],
    lists: dict[tuple[int, int], RankedList],
    tmp_path: Path,
) -> None:
    manifest = Manifest(1, Identity("c", "t", PARTITIONS), {}, PARAMETERS, {}, "", "", AT_MS, {})
    save(tmp_path, manifest, model.arrays())
    rows = [
        Row(p, one.offset, one.record.timestamp_ms, one.record.key, one.record.value)
        for p, own in records.items()
        for one in own
    ]
    found = {
        at: DecodedList(
            one.version,
            one.next_offset,
            list(zip(one.movies.tolist(), one.scores.tolist(), strict=True)),
        )
        for at, one in lists.items()
    }

    truth = truth_of(rows, PARTITIONS, {})

    assert wrong_lists(truth.histories, found, artefact_in(folder(tmp_path, 1))) == []
    assert len(found) == 610

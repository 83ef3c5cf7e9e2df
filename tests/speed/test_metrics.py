"""What Prometheus is told of a worker's stretches and of where its partitions stand."""

import math
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import CollectorRegistry

from contracts.active_version import Active
from contracts.event_parser import Reason
from contracts.partitioner import partition_of
from harness.builders import AT_MS, PARTITIONS, consumed, model, rated
from recommender.fold_in import Folder
from redis_store.speed import PositionMoved
from speed.active_model import Live
from speed.live_quality import Popular
from speed.metrics import Metrics, PartitionProgress
from tests.speed.fakes import FakeSpeedStore, worker_on

P = partition_of(7, PARTITIONS)
TOOK_MS = 40
A_MINUTE_BEFORE_MS = AT_MS - 61_000
LIVE = Live(Active(1, 3, None, {}, {}, AT_MS), Folder(model()), Popular(model()))


@dataclass
class Measured:
    """A worker on a store in memory, and its metrics as Prometheus reads them."""

    store: FakeSpeedStore = field(default_factory=FakeSpeedStore)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    now_s: float = 0

    def __post_init__(self) -> None:
        self.metrics = Metrics(self.registry, lambda: self.now_s)
        own = worker_on(self.store, now_ms=AT_MS + TOOK_MS)
        self.worker = replace(own, metrics=self.metrics)

    def apply(self, *events: object, first: int, behind: bool = False) -> None:
        self.worker.apply(P, consumed(*events, first=first), LIVE, behind)  # type: ignore[arg-type]

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"reelstream_speed_{name}", labels)


@pytest.fixture
def measured() -> Measured:
    return Measured()


def test_records_are_counted_by_outcome(measured: Measured) -> None:
    measured.apply(rated(), b"junk", first=0)
    measured.apply(rated(movie_id=20), rated(at_ms=AT_MS - 1), first=2)

    assert measured.value("records_total", outcome="applied") == 2
    assert measured.value("records_total", outcome="no_effect") == 1
    assert measured.value("records_total", outcome="json") == 1


def test_every_outcome_is_told_from_the_beginning(measured: Measured) -> None:
    told = [measured.value("records_total", outcome=one) for one in ("applied", *Reason)]

    assert told == [0] * (1 + len(Reason))


def test_what_was_refused_is_not_counted(measured: Measured) -> None:
    measured.apply(rated(movie_id=20, half_stars=6, at_ms=A_MINUTE_BEFORE_MS), first=0)
    measured.apply(rated(half_stars=10), first=1)

    with pytest.raises(PositionMoved):
        measured.apply(rated(half_stars=10), first=1)

    assert measured.value("records_total", outcome="applied") == 2
    assert measured.value("appended_to_readable_seconds_count") == 2
    assert measured.value("judged_likes_total") == 1


def test_what_another_worker_has_counted_is_not_counted(measured: Measured) -> None:
    worker_on(measured.store).apply(P, consumed(rated(), b"junk"), LIVE, behind=False)

    measured.apply(rated(movie_id=20), first=2)

    assert measured.value("records_total", outcome="applied") == 1
    assert measured.value("records_total", outcome="json") == 0


def test_a_fresh_record_is_in_the_bucket_of_its_seconds(measured: Measured) -> None:
    measured.apply(rated(), first=0)

    assert measured.value("appended_to_readable_seconds_sum") == TOOK_MS / 1000
    assert measured.value("appended_to_readable_seconds_bucket", le="0.025") == 0
    assert measured.value("appended_to_readable_seconds_bucket", le="0.05") == 1


@pytest.mark.parametrize("le", ["0.25", "1.0"])
def test_the_bounds_that_are_promised_are_there(measured: Measured, le: str) -> None:
    assert measured.value("appended_to_readable_seconds_bucket", le=le) == 0


def test_lists_are_counted_by_when_they_were_made(measured: Measured) -> None:
    measured.apply(rated(), first=0)
    measured.apply(rated(movie_id=20), first=1, behind=True)

    measured.worker.make_owed_lists(P, LIVE, 5)

    assert measured.value("lists_made_total", when="at_once") == 1
    assert measured.value("lists_made_total", when="later") == 1


def test_likes_after_a_minute_are_counted_with_the_hits_of_each_list(measured: Measured) -> None:
    measured.apply(rated(half_stars=10, at_ms=A_MINUTE_BEFORE_MS), first=0)
    first = int(measured.store.lists(P, [7])[7].movies[0])
    before = measured.value("judged_hits_total", list="live")
    assert before is not None

    measured.apply(rated(movie_id=first, half_stars=10), first=1)

    assert measured.value("judged_likes_total") == 1
    assert measured.value("judged_hits_total", list="live") == before + 1


def test_each_partition_is_told_of(measured: Measured) -> None:
    measured.metrics.stand({1: PartitionProgress(12, 3, 2), 2: PartitionProgress(7, 0, 0)}, 0)

    assert measured.value("partitions_assigned") == 2
    assert measured.value("applied_offset", partition="1") == 12
    assert measured.value("offsets_behind", partition="1") == 3
    assert measured.value("lists_owed", partition="1") == 2
    assert measured.value("applied_offset", partition="2") == 7


def test_a_partition_that_was_taken_away_is_told_of_no_more(measured: Measured) -> None:
    measured.metrics.stand({1: PartitionProgress(12, 3, 2), 2: PartitionProgress(7, 0, 0)}, 0)

    measured.metrics.stand({2: PartitionProgress(8, 0, 0)}, 0)

    assert measured.value("partitions_assigned") == 1
    assert measured.value("offsets_behind", partition="1") is None
    assert measured.value("applied_offset", partition="2") == 8


def test_a_worker_that_stands_is_seen_to_whenever_somebody_looks(measured: Measured) -> None:
    measured.now_s = 40

    assert measured.value("seconds_since_progress") == 40


def test_to_apply_records_is_progress(measured: Measured) -> None:
    measured.now_s = 40

    measured.apply(rated(), first=0)

    assert measured.value("seconds_since_progress") == 0


@pytest.mark.parametrize(
    ("behind", "confirmed_s", "seconds"),
    [(0, 0, 0), (1, 0, 40), (0, 5, 5), (0, math.inf, 40), (None, 0, 0), (None, math.inf, 40)],
)
def test_to_have_nothing_left_is_progress_as_of_when_the_group_confirmed_it(
    measured: Measured, behind: int | None, confirmed_s: float, seconds: int
) -> None:
    measured.now_s = 40
    ours = (
        {}
        if behind is None
        else {1: PartitionProgress(12, 0, 0), 2: PartitionProgress(7, behind, 0)}
    )

    measured.metrics.stand(ours, confirmed_s)

    assert measured.value("seconds_since_progress") == seconds

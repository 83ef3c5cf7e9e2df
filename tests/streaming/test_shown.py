"""What a store has lost is written again, before anything new."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from contracts.eventlog import Place, land
from contracts.store.trends import BucketCounts, TrendStore
from contracts.topics import NextOffsets
from contracts.trends import DAY, Bucket
from streaming import shown
from streaming.checkpoint import TRENDS
from streaming.shown import NotLanded, Shown
from tests.builders import log_rows, rated
from tests.streaming.checkpoints import EVENTS_A_BATCH, end_after, spark_query

pytestmark = pytest.mark.integration

TODAY = Bucket(DAY, 4_102_444_800)
"""A day that Redis does not drop yet."""


@dataclass
class FakeBatch:
    """Changed counts of one batch."""

    ratings: int

    def toArrow(self) -> pa.Table:
        cell = {"grain": 2, "start_s": TODAY.start_s, "half_stars": self.ratings, "rank": 3}
        cell |= {"count": self.ratings}
        return pa.Table.from_pylist([cell | {"name": name} for name in ("m:1", "a:records", "u:5")])


def recount(upto: NextOffsets) -> list[BucketCounts]:
    """What the log makes: movie 2 as often as there are records."""
    return [BucketCounts(TODAY, {"m:2": (sum(upto.values()), 1)})]


@pytest.fixture
def showing(tmp_path: Path, log: Place, store: TrendStore) -> Shown:
    spark_query(tmp_path / TRENDS, batches=2, planned=1)
    return Shown(store, tmp_path / TRENDS, {}, log, recount)


def landed(log: Place, batches: int) -> None:
    for partition in range(2):
        rows = [rated()] * (batches * EVENTS_A_BATCH * (partition + 1))
        land(log, partition, [log_rows(*rows)])


def batch(ratings: int) -> DataFrame:
    return cast(DataFrame, FakeBatch(ratings))


def test_a_batch_writes_its_counts_and_where_it_ends(showing: Shown, store: TrendStore) -> None:
    store.mark_reflected(end_after(2))

    showing.write(batch(3), 2)

    (happened,) = store.activity([TODAY])
    assert store.read([TODAY]) == [{"m:1": (3, 3)}]
    assert (happened.records, happened.users[5]) == (3, 3)
    assert store.reflected() == end_after(3)


def test_a_batch_that_is_run_again_writes_the_same(showing: Shown, store: TrendStore) -> None:
    store.mark_reflected(end_after(3))

    showing.write(batch(3), 2)

    assert store.read([TODAY]) == [{"m:1": (3, 3)}]
    assert store.reflected() == end_after(3)


def test_a_store_that_lost_its_tail_is_written_again_before_the_batch(
    showing: Shown, store: TrendStore, log: Place
) -> None:
    store.mark_reflected(end_after(1))
    landed(log, 2)

    showing.write(batch(3), 2)

    assert store.read([TODAY]) == [{"m:1": (3, 3), "m:2": (3 * 2 * EVENTS_A_BATCH, 1)}]
    assert store.reflected() == end_after(3)


def test_what_the_log_does_not_have_yet_is_waited_for_only_so_long(
    showing: Shown, store: TrendStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "LANDED_WITHIN_S", 0)

    with pytest.raises(NotLanded, match="not at"):
        showing.write(batch(3), 2)

    assert store.read([TODAY]) == [{}]


def test_between_batches_a_flushed_store_is_written_again(
    showing: Shown, store: TrendStore, log: Place
) -> None:
    landed(log, 2)

    showing.mend()

    assert store.read([TODAY]) == [{"m:2": (3 * 2 * EVENTS_A_BATCH, 1)}]
    assert store.reflected() == end_after(2)


@pytest.mark.parametrize("reflects", [end_after(2), end_after(3)])
def test_a_store_that_lost_nothing_is_left_alone(
    showing: Shown, store: TrendStore, log: Place, reflects: dict[int, int]
) -> None:
    store.mark_reflected(reflects)
    landed(log, 2)

    showing.mend()

    assert store.read([TODAY]) == [{}]


def test_between_batches_nobody_waits_for_the_log(
    showing: Shown, store: TrendStore, log: Place
) -> None:
    landed(log, 1)

    showing.mend()

    assert store.reflected() == {}

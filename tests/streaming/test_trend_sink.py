"""What a store has lost is written again, before anything new."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from contracts.next_offsets import NextOffsets
from contracts.redis_keys import Keys
from contracts.trends import DAY, Bucket
from event_log import Storage, land
from harness.builders import log_rows, rated
from redis_store.connection import Client, StoreError
from redis_store.trends import BucketCounts, TrendStore
from streaming import trend_sink
from streaming.checkpoint_files import TRENDS
from streaming.trend_sink import NotLanded, TrendSink
from tests.redis_store.redis_servers import client_of, filled, redis_with
from tests.streaming.checkpoint_builders import EVENTS_A_BATCH, end_after, spark_query

pytestmark = pytest.mark.integration

KEYS = Keys("mine:1:")
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
    return [BucketCounts(TODAY, {"m:2": (sum(upto.values()),) * 2})]


@pytest.fixture
def sink(tmp_path: Path, log: Storage, store: TrendStore) -> TrendSink:
    spark_query(tmp_path / TRENDS, batches=2, planned=1)
    return TrendSink(store, tmp_path / TRENDS, {}, log, recount)


def landed(log: Storage, batches: int) -> None:
    for partition in range(2):
        rows = [rated()] * (batches * EVENTS_A_BATCH * (partition + 1))
        land(log, partition, [log_rows(*rows)])


def batch(ratings: int) -> DataFrame:
    return cast(DataFrame, FakeBatch(ratings))


def writing(sink: TrendSink) -> Future[None]:
    """A batch that is being written, by a thread as Spark's."""
    with_thread: Future[None] = Future()

    def write() -> None:
        try:
            sink.write(batch(3), 2)
            with_thread.set_result(None)
        except StoreError as error:
            with_thread.set_exception(error)

    threading.Thread(target=write, daemon=True).start()
    return with_thread


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Client]:
    """A Redis that holds as much as it may, but for where the trends are."""
    with redis_with(tmp_path, "--maxmemory", "3mb") as port:
        client = client_of(port)
        TrendStore(client, KEYS).mark_reflected(end_after(2))
        filled(client)
        yield client


def test_a_batch_waits_for_a_full_redis(full: Client, tmp_path: Path, log: Storage) -> None:
    spark_query(tmp_path / TRENDS, batches=2, planned=1)
    store = TrendStore(full, KEYS)
    written = writing(TrendSink(store, tmp_path / TRENDS, {}, log, recount))
    with pytest.raises(TimeoutError):
        written.result(0.3)

    full.config_set("maxmemory", 0)

    written.result(10)
    assert store.read([TODAY]) == [{"m:1": (3, 3)}]


def test_a_job_that_ends_waits_no_longer_and_commits_nothing(
    full: Client, tmp_path: Path, log: Storage
) -> None:
    spark_query(tmp_path / TRENDS, batches=2, planned=1)
    sink = TrendSink(TrendStore(full, KEYS), tmp_path / TRENDS, {}, log, recount)
    written = writing(sink)

    sink.end()

    with pytest.raises(StoreError, match="batch 2 was not written: Redis is full"):
        written.result(10)


def test_a_batch_writes_its_counts_and_where_it_ends(sink: TrendSink, store: TrendStore) -> None:
    store.mark_reflected(end_after(2))

    sink.write(batch(3), 2)

    (happened,) = store.activity([TODAY])
    assert store.read([TODAY]) == [{"m:1": (3, 3)}]
    assert (happened.records, happened.users[5]) == (3, 3)
    assert store.reflected() == end_after(3)


def test_a_batch_that_is_run_again_writes_the_same(sink: TrendSink, store: TrendStore) -> None:
    store.mark_reflected(end_after(3))

    sink.write(batch(3), 2)

    assert store.read([TODAY]) == [{"m:1": (3, 3)}]
    assert store.reflected() == end_after(3)


def test_a_store_that_lost_its_tail_is_written_again_before_the_batch(
    sink: TrendSink, store: TrendStore, log: Storage
) -> None:
    store.mark_reflected(end_after(1))
    landed(log, 2)

    sink.write(batch(3), 2)

    assert store.read([TODAY]) == [
        {"m:1": (3, 3), "m:2": (3 * 2 * EVENTS_A_BATCH, 3 * 2 * EVENTS_A_BATCH)}
    ]
    assert store.reflected() == end_after(3)


def test_what_the_log_does_not_have_yet_is_waited_for_only_so_long(
    sink: TrendSink, store: TrendStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trend_sink, "LANDED_WITHIN_S", 0)

    with pytest.raises(NotLanded, match="not at"):
        sink.write(batch(3), 2)

    assert store.read([TODAY]) == [{}]


def test_between_batches_a_flushed_store_is_written_again(
    sink: TrendSink, store: TrendStore, log: Storage
) -> None:
    landed(log, 2)

    sink.mend()

    assert store.read([TODAY]) == [{"m:2": (3 * 2 * EVENTS_A_BATCH, 3 * 2 * EVENTS_A_BATCH)}]
    assert store.reflected() == end_after(2)


@pytest.mark.parametrize("reflects", [end_after(2), end_after(3)])
def test_a_store_that_lost_nothing_is_left_alone(
    sink: TrendSink, store: TrendStore, log: Storage, reflects: dict[int, int]
) -> None:
    store.mark_reflected(reflects)
    landed(log, 2)

    sink.mend()

    assert store.read([TODAY]) == [{}]


def test_between_batches_nobody_waits_for_the_log(
    sink: TrendSink, store: TrendStore, log: Storage
) -> None:
    landed(log, 1)

    sink.mend()

    assert store.reflected() == {}


TREND = "trend:day:4102444800"
DAMAGES: dict[str, Callable[[Client, Keys], object]] = {
    "offsets of another type": lambda c, keys: c.set(keys.trend_offsets(), "abc"),
    "an offset that is no number": lambda c, keys: c.hset(keys.trend_offsets(), "0", "abc"),
    "a partition that is none": lambda c, keys: c.hset(keys.trend_offsets(), "abc", "1"),
    "a bucket of another type": lambda c, keys: c.set(f"{keys.prefix}{TREND}", "abc"),
    "a sketch of another type": lambda c, keys: c.lpush(
        keys.active_users("day", TODAY.start_s), "abc"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_batch_that_finds_damage_writes_all_buckets_anew(
    sink: TrendSink, store: TrendStore, log: Storage, client: Client, keys: Keys, damage: str
) -> None:
    store.mark_reflected(end_after(2))
    landed(log, 2)
    DAMAGES[damage](client, keys)

    sink.write(batch(3), 2)

    assert store.read([TODAY])[0]["m:1"] == (3, 3)
    assert store.activity([TODAY])[0].records == 3
    assert store.reflected() == end_after(3)


def test_what_is_written_anew_replaces_what_nobody_counted(
    sink: TrendSink, store: TrendStore, log: Storage, client: Client, keys: Keys
) -> None:
    landed(log, 2)
    client.hset(f"{keys.prefix}{TREND}", "m:abc", "zz")

    sink.mend()

    assert store.read([TODAY]) == [{"m:2": (3 * 2 * EVENTS_A_BATCH, 3 * 2 * EVENTS_A_BATCH)}]

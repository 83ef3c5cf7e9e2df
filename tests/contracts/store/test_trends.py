import time

import pytest

from contracts.keys import Keys
from contracts.store.connection import Client
from contracts.store.trends import CHUNK, BucketCounts, TrendStore
from contracts.trends import GRAINS, HOUR, MINUTE, Bucket, Grain
from tests.contracts.store.snapshots import everything

pytestmark = pytest.mark.integration


@pytest.fixture
def store(client: Client, keys: Keys) -> TrendStore:
    return TrendStore(client, keys)


def running(grain: Grain) -> Bucket:
    """The bucket of this moment, which Redis does not drop at once."""
    now = int(time.time())
    return Bucket(grain, now - now % grain.seconds)


def test_counts_are_read_as_written(store: TrendStore) -> None:
    minute, hour = running(MINUTE), running(HOUR)

    store.write([BucketCounts(minute, {"m:1": (2, 9)}), BucketCounts(hour, {"g:War": (3, 7)})])

    assert store.read([hour, minute]) == [{"g:War": (3, 7)}, {"m:1": (2, 9)}]


def test_writing_the_same_again_changes_nothing(
    store: TrendStore, client: Client, keys: Keys
) -> None:
    counts = [BucketCounts(running(MINUTE), {"m:1": (2, 9)})]
    store.write(counts)
    before = everything(client, keys)

    store.write(counts)

    assert everything(client, keys) == before


def test_a_newer_count_replaces_the_older(store: TrendStore) -> None:
    bucket = running(MINUTE)
    store.write([BucketCounts(bucket, {"m:1": (2, 9), "m:2": (1, 1)})])

    store.write([BucketCounts(bucket, {"m:1": (3, 14)})])

    assert store.read([bucket]) == [{"m:1": (3, 14), "m:2": (1, 1)}]


def test_a_bucket_of_many_names_is_written_whole(store: TrendStore) -> None:
    counts = {f"m:{n}": (n, n) for n in range(1, 2 * CHUNK + 2)}

    store.write([BucketCounts(running(MINUTE), counts)])

    assert store.read([running(MINUTE)])[0] == counts


@pytest.mark.parametrize("grain", GRAINS)
def test_a_bucket_ends_when_it_is_no_longer_needed(
    store: TrendStore, client: Client, keys: Keys, grain: Grain
) -> None:
    bucket = running(grain)
    store.write([BucketCounts(bucket, {"m:1": (2, 9)})])

    left_s = client.ttl(keys.trend(grain.name, bucket.start_s))

    end = bucket.start_s + grain.seconds + grain.kept_s
    assert left_s == pytest.approx(end - time.time(), abs=5)


def test_a_bucket_in_which_nothing_was_rated_is_empty(store: TrendStore) -> None:
    assert store.read([running(MINUTE)]) == [{}]


def test_the_reflected_offsets_are_kept(store: TrendStore) -> None:
    store.mark_reflected({0: 5, 3: 7})
    store.mark_reflected({0: 6})
    store.mark_reflected({})

    assert store.reflected() == {0: 6, 3: 7}

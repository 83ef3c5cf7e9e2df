import time
from collections.abc import Callable

import pytest

from contracts.hyperloglog import REGISTERS
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from contracts.trends import GRAINS, HOUR, MINUTE, Activity, Bucket, Grain
from redis_store.connection import Client
from redis_store.trends import CHUNK, BucketCounts, TrendStore
from tests.redis_store.redis_snapshot import everything

pytestmark = pytest.mark.integration

NOTHING = Activity(0, 0, 0, bytes(REGISTERS))


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
@pytest.mark.parametrize("kind", [Keys.trend, Keys.activity, Keys.active_users])
def test_a_bucket_ends_when_it_is_no_longer_needed(
    store: TrendStore,
    client: Client,
    keys: Keys,
    grain: Grain,
    kind: Callable[[Keys, str, int], str],
) -> None:
    bucket = running(grain)
    store.write([BucketCounts(bucket, {"m:1": (2, 9)}, {5: 1}, {"records": 2})])

    left_s = client.ttl(kind(keys, grain.name, bucket.start_s))

    end = bucket.start_s + grain.seconds + grain.kept_s
    assert left_s == pytest.approx(end - time.time(), abs=5)


def test_a_bucket_that_has_ended_long_ago_is_not_kept(
    store: TrendStore, client: Client, keys: Keys
) -> None:
    old = Bucket(MINUTE, int(time.time()) // 60 * 60 - MINUTE.kept_s - 120)

    store.write([BucketCounts(old, {"m:1": (2, 9)}, {5: 1}, {"records": 2})])

    assert everything(client, keys) == {}


def test_activity_is_read_as_written(store: TrendStore) -> None:
    minute, hour = running(MINUTE), running(HOUR)
    counted = {"records": 9, "rejected": 2, "ratings": 4}

    store.write([BucketCounts(minute, {}, {0: 3, 2047: 54}, counted)])

    users = b"\3" + bytes(2046) + b"\66"
    assert store.activity([hour, minute]) == [NOTHING, Activity(9, 2, 4, users)]
    assert store.records([hour, minute]) == [None, 9]


def test_a_sketch_is_whole_from_its_first_register_on(
    store: TrendStore, client: Client, keys: Keys
) -> None:
    bucket = running(MINUTE)
    store.write([BucketCounts(bucket, {}, {n: 1 + n % 54 for n in range(REGISTERS)})])
    store.write([BucketCounts(bucket, {}, {7: 54})])

    registers = [54 if n == 7 else 1 + n % 54 for n in range(REGISTERS)]
    assert client.get(keys.active_users("minute", bucket.start_s)) == bytes(registers)


def test_activity_that_is_written_again_changes_nothing(
    store: TrendStore, client: Client, keys: Keys
) -> None:
    changed = [BucketCounts(running(MINUTE), {}, {5: 9, 2000: 1}, {"records": 3, "rejected": 1})]
    store.write(changed)
    before = everything(client, keys)

    store.write(changed)

    assert everything(client, keys) == before


def test_counts_that_did_not_change_stay(store: TrendStore) -> None:
    bucket = running(MINUTE)
    store.write([BucketCounts(bucket, {}, {1: 5}, {"records": 3, "rejected": 1})])

    store.write([BucketCounts(bucket, {}, {2: 6}, {"records": 4})])

    (happened,) = store.activity([bucket])
    assert happened[:3] == (4, 1, 0)
    assert happened.users[:3] == bytes([0, 5, 6])


def test_a_sketch_of_another_size_is_damaged(store: TrendStore, client: Client, keys: Keys) -> None:
    bucket = running(MINUTE)
    client.set(keys.active_users("minute", bucket.start_s), b"\1\2")

    with pytest.raises(CorruptValue, match="sketch of 2 registers"):
        store.activity([bucket])


def test_a_bucket_in_which_nothing_was_rated_is_empty(store: TrendStore) -> None:
    assert store.read([running(MINUTE)]) == [{}]


def test_the_reflected_offsets_are_kept(store: TrendStore) -> None:
    store.mark_reflected({0: 5, 3: 7})
    store.mark_reflected({0: 6})
    store.mark_reflected({})

    assert store.reflected() == {0: 6, 3: 7}


@pytest.mark.parametrize(
    "name", [b"m:abc", b"m:0", b"m:4294967296", b"x:1", b"g:\xff", b"g:" + b"a" * 999]
)
def test_a_name_that_no_bucket_has_is_damaged(
    store: TrendStore, client: Client, keys: Keys, name: bytes
) -> None:
    minute = running(MINUTE)
    key = keys.trend("minute", minute.start_s)
    client.hset(key, name, b"1,5")

    with pytest.raises(CorruptValue, match=f"^{key}: "):
        store.read([minute])


@pytest.mark.parametrize(
    "count", [b"zz", b"1,2,3", b"9" * 400, b"0,0", b"2,1", b"1,11", b"1", b"1,", b"1_0,50"]
)
def test_a_count_that_no_ratings_make_is_damaged(
    store: TrendStore, client: Client, keys: Keys, count: bytes
) -> None:
    client.hset(keys.trend("minute", running(MINUTE).start_s), "m:1", count)

    with pytest.raises(CorruptValue):
        store.read([running(MINUTE)])


@pytest.mark.parametrize("rank", [55, 255])
def test_a_sketch_of_ranks_that_no_user_has_is_damaged(
    store: TrendStore, client: Client, keys: Keys, rank: int
) -> None:
    key = keys.active_users("minute", running(MINUTE).start_s)
    client.set(key, bytes([rank]) + bytes(REGISTERS - 1))

    with pytest.raises(CorruptValue, match="sketch"):
        store.activity([running(MINUTE)])


def test_damaged_offsets_reflect_nothing(store: TrendStore, client: Client, keys: Keys) -> None:
    client.set(keys.trend_offsets(), "abc")

    assert store.reflected() == {}


def test_buckets_are_forgotten_with_what_they_reflect(
    store: TrendStore, client: Client, keys: Keys
) -> None:
    bucket = running(MINUTE)
    store.write([BucketCounts(bucket, {"m:1": (2, 9)}, {5: 1}, {"records": 2})])
    store.mark_reflected({0: 5})
    client.set(keys.active(), "the pointer")

    store.forget()

    assert everything(client, keys).keys() == {keys.active().encode()}

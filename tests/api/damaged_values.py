"""A Redis that holds a value of every family, and ways to damage each."""

import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from api.catalogue_index import CurrentCatalogue
from api.services import Services
from contracts.partitioner import partition_of
from contracts.process_status import (
    ApiStatus,
    BatchStatus,
    QueryStatus,
    SpeedStatus,
    StreamingStatus,
)
from contracts.redis_keys import Keys
from contracts.settings import Settings
from contracts.topics import Identity
from contracts.trends import GRAINS, Bucket
from harness.builders import AT_MS, PARTITIONS, history, made, model, ranked
from redis_store.catalogue import CatalogueStore
from redis_store.connection import Client, connect
from redis_store.partition_position import Position
from redis_store.reader import ReadingStore
from redis_store.speed import Change, SpeedStore
from redis_store.status import ListChange, StatusStore
from redis_store.topic import TopicStore
from redis_store.trends import BucketCounts, TrendStore
from redis_store.versions import VersionStore
from tests.api.fakes import CATALOGUE, FakeWriter

USER, RATED = 7, 3
P = partition_of(USER, PARTITIONS)
DAYS_START = int(time.time()) // 86_400 * 86_400

Family = Callable[[Keys], str]
FAMILIES: dict[str, Family] = {
    "topic": lambda keys: keys.topic(),
    "position": lambda keys: keys.position(P),
    "rated": lambda keys: keys.rated(P, USER),
    "foldin": lambda keys: keys.foldin(P, USER),
    "movies": lambda keys: keys.movies(P),
    "touched": lambda keys: keys.touched(P),
    "owed": lambda keys: keys.owed(P),
    "list": lambda keys: keys.listed(1, P, USER),
    "factors": lambda keys: keys.factors(1, "factors", 0),
    "manifest": lambda keys: keys.manifest(1),
    "popular": lambda keys: keys.popular(1),
    "popular of a genre": lambda keys: keys.popular(1, "Drama"),
    "similar": lambda keys: keys.similar(1, 10),
    "active": lambda keys: keys.active(),
    "token": lambda keys: keys.token(),
    "trend": lambda keys: keys.trend("day", DAYS_START),
    "activity": lambda keys: keys.activity("day", DAYS_START),
    "active users": lambda keys: keys.active_users("day", DAYS_START),
    "trend offsets": lambda keys: keys.trend_offsets(),
    "catalogue": lambda keys: keys.catalogue(1),
    "catalogue's size": lambda keys: keys.catalogue_size(),
    "status": lambda keys: keys.status("streaming"),
    "status of the API": lambda keys: keys.status("api"),
    "status of a query": lambda keys: keys.status("streaming-log"),
    "counts of the speed layer": lambda keys: keys.status("speed"),
    "status of a worker": lambda keys: keys.status("speed:one"),
    "workers": lambda keys: keys.workers(),
    "stories": lambda keys: keys.stories(),
}
UNREAD = {"touched", "owed", "factors", "manifest", "similar", "popular of a genre", "token"}
"""What neither the API nor `status` reads: speed layer and trainer do."""
MENDED = {"trend offsets", "status of the API"}
"""What its owner replaces before `status` could tell; the first is told as missing."""

TEXTS = {b"metrics", b"training", b"name", b"damaged", b"trouble"}
"""Fields of a status that are none of its numbers."""
JUNK = (
    b"",
    b"abc",
    b"zz",
    b"1,2,3",
    b"1_0",
    b"9" * 400,
    b"\xff",
    b"-5",
    b"%d" % 2**63,
    b"\x00" * 41,
)
"""None of it is a value that any field may have."""


def fill(client: Client, keys: Keys) -> None:
    """A value of every family, as its writer writes it."""
    TopicStore(client, keys).claim(Identity("cluster", "topic", PARTITIONS))
    versions = VersionStore(client, keys)
    versions.publish(model(), made(1, {(P, USER): ranked(1, 2, RATED)}))
    versions.activate(1, dict.fromkeys(range(PARTITIONS), 0), versions.next_token(0), AT_MS)
    speed = SpeedStore(client, keys)
    for partition in range(PARTITIONS):
        speed.write(partition, Change(0, Position(1, 1), touched={1: 0}, owed={1: 0}))
    histories, lists = {USER: history({RATED: 8}, 2)}, {USER: ranked(1, 2, RATED, next_offset=2)}
    totals = {RATED: (0, 0, 0, 0, 0, 0, 0, 1, 0, 0)}
    judged = {"0:likes": 1, "0:live": 1}
    speed.write(P, Change(1, Position(2, 2, 0, {}, judged), histories, lists, totals))
    trends, now_s = TrendStore(client, keys), int(time.time())
    counts, activity = (
        {"m:3": (2, 9), "g:Comedy": (2, 9)},
        {"records": 3, "ratings": 2, "rejected": 1},
    )
    starts = [(grain, now_s - now_s % grain.seconds) for grain in GRAINS]
    trends.write([BucketCounts(Bucket(*at), counts, {5: 7}, activity) for at in starts])
    trends.mark_reflected({P: 2})
    CatalogueStore(client, keys).write(CATALOGUE)
    status = StatusStore(client, keys)
    for one in (StreamingStatus(AT_MS), BatchStatus(AT_MS), ApiStatus(AT_MS)):
        status.write(one)
    status.write_query(QueryStatus("log", AT_MS, 0, batch=7))
    status.write_worker("one", SpeedStatus(AT_MS, behind={0: 0}))
    status.add_fresh({(0, 3): 1})
    status.add_list_change(ListChange(USER, RATED, 8, 40, gained=(1,), lost=(2,)))


def services(settings: Settings, keys: Keys) -> Services:
    """The API's real services, but for Kafka; with time enough for a busy machine."""
    client = connect(settings.redis_url, timeout_s=5)
    catalogue = CurrentCatalogue(settings.catalogue, CatalogueStore(client, keys))
    catalogue.refresh()
    stores = ReadingStore(client, keys), TrendStore(client, keys), StatusStore(client, keys)
    return Services(*stores, FakeWriter(), catalogue, settings.progress, lambda: False)


Damage = Callable[[Client, str], object]


def _being(value: bytes) -> Damage:
    return lambda client, key: client.set(key, value)


def _with(field: bytes, value: bytes) -> Damage:
    return lambda client, key: client.hset(key, field, value)


def _without(field: bytes) -> Damage:
    return lambda client, key: client.hdel(key, field)


def junk(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    """Ways to damage this key's value that every reader of all of it can tell."""
    yield "bytes", _being(random.Random(1).randbytes(200))
    yield "a list", lambda c, k: (c.delete(k), c.rpush(k, "1"))
    yield "a set", lambda c, k: (c.delete(k), c.sadd(k, "1"))
    kind = client.type(key).decode()
    yield from OF_TYPE[kind](client, key)


def odd(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    """Ways in which some of it is gone, or more is there, that not every reader can tell."""
    yield "gone", lambda c, k: c.delete(k)
    kind = client.type(key)
    if kind == b"hash":
        for field in client.hkeys(key)[:8]:
            yield f"without {field}", _without(field)
        yield "another hash", lambda c, k: (c.delete(k), c.hset(k, mapping={b"\xff": b"1"}))
        yield "a field more", lambda c, k: c.hset(k, b"m:abc", b"1,5")
    if kind == b"zset":
        yield "no offset", lambda c, k: c.zadd(k, {"1": float("inf")})


def _of_hash(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    first, *others = [name for name in client.hkeys(key) if name not in TEXTS]
    for field, values in ((first, JUNK), *((field, JUNK[-2:]) for field in others[:8])):
        for value in values:
            yield f"{field} = {value[:9]!r}", _with(field, value)


def _of_string(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    value: bytes = client.get(key)
    for cut in {0, 1, len(value) // 2} - {len(value)}:
        yield f"{cut} bytes", _being(value[:cut])
    yield "longer", _being(value + b"\xff")
    yield "altered", lambda c, k: c.setrange(k, len(value) // 2, b"\xff")
    for name, forged in _forged(value):
        yield name, _being(forged)


def _of_set(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    del client, key
    yield "no user", lambda c, k: c.zadd(k, {b"\xff": 1})


def _of_stream(client: Client, key: str) -> Iterator[tuple[str, Damage]]:
    del client, key
    yield "another shape", lambda c, k: c.xadd(k, {"other": "shape"})
    yield "no JSON", lambda c, k: c.xadd(k, {"story": b"\xff"})
    yield "another's JSON", lambda c, k: c.xadd(k, {"story": b'{"user_id": "x"}'})


OF_TYPE = {"hash": _of_hash, "string": _of_string, "zset": _of_set, "stream": _of_stream}


def _forged(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Values with numbers that no writer writes, under the right checksum."""
    heads = {21: ("<BIQQ", (1, 2**32 - 1, 2, 0)), 31: ("<BHIQQQ", (1, 3, 1, 2, 2**63, 0))}
    for size, (layout, numbers) in heads.items():
        if len(value) > size + 4 and zlib.crc32(value[:size] + value[size + 4 :]) == int.from_bytes(
            value[size : size + 4], "little"
        ):
            head, body = struct.pack(layout, *numbers), value[size + 4 :]
            yield "extreme numbers", head + zlib.crc32(head + body).to_bytes(4, "little") + body


def restore(client: Client, key: str, dumped: Any) -> None:
    """Put back what was there."""
    client.restore(key, 0, dumped, replace=True)

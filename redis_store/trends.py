"""Streaming's data: trends and activity by bucket, as absolute values beside their offsets."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from contracts.events import MAX_ID
from contracts.hyperloglog import LARGEST_RANK, REGISTERS
from contracts.next_offsets import NextOffsets
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, printable, stored_at, text, whole_number
from contracts.trends import GENRE, MOVIE, Activity, Bucket
from redis_store.connection import Client

log = logging.getLogger(__name__)

CHUNK = 1000
"""Fields or registers in one transaction."""

WHOLE_SKETCH = ("INCRBY", "u8", f"#{REGISTERS - 1}", 0)
"""Changes nothing, but makes the string as long as it will ever be."""
ACTIVITY = (b"records", b"rejected", b"ratings")
MOST = 2**50
"""Records that a bucket may count: the sums of a window are exact in any language."""
LONGEST_NAME = 1000
"""Bytes of a field."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class BucketCounts:
    """What changed of one bucket, in absolute values.

    Attributes:
        counts: by `m:movie` or `g:genre`, ratings and half-star sum.
        registers: of the sketch of its users, their ranks.
        activity: `records`, `rejected`, `ratings`.
    """

    bucket: Bucket
    counts: dict[str, tuple[int, int]]
    registers: dict[int, int] = field(default_factory=dict)
    activity: dict[str, int] = field(default_factory=dict)


class TrendStore:
    """Writes buckets and reads them back."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys

    def write(self, changed: list[BucketCounts]) -> None:
        """Write absolute counts: writing the same again changes nothing."""
        for one in changed:
            self._write_bucket(one)

    def mark_reflected(self, offsets: NextOffsets) -> None:
        """Note the next-offsets that the buckets reflect, after they have been written."""
        if offsets:
            self._client.hset(self._keys.trend_offsets(), mapping=_fields(offsets))

    def forget(self) -> None:
        """Unlink all buckets, and what they reflect, whatever there is under their names."""
        self.forget_reflected()
        for pattern in self._keys.all_buckets():
            for key in self._client.scan_iter(pattern, count=CHUNK):
                self._client.unlink(key)

    def forget_reflected(self) -> None:
        """Forget what the buckets reflect, so that they are written again."""
        self._client.delete(self._keys.trend_offsets())

    def reflected(self) -> dict[int, int]:
        """The next-offsets that the buckets reflect; none where they are damaged, as if lost."""
        key = self._keys.trend_offsets()
        try:
            stored = self._client.hgetall(key)
            with stored_at(key):
                return {whole_number(p): whole_number(offset) for p, offset in stored.items()}
        except CorruptValue as error:
            log.warning("%s", error)
            return {}

    def read(self, buckets: Sequence[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets, empty where nothing was rated.

        Raises:
            CorruptValue: if one is damaged.
        """
        keys = [self._keys.trend(grain.name, start_s) for grain, start_s in buckets]
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(key)
            return [_decode(*pair) for pair in zip(keys, pipe.execute(), strict=True)]

    def records(self, buckets: Sequence[Bucket]) -> list[int | None]:
        """How many records these buckets reflect; a bucket that changes has more than before.

        Raises:
            CorruptValue: if one is damaged.
        """
        keys = [self._keys.activity(grain.name, start_s) for grain, start_s in buckets]
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hget(key, "records")
            return [_records(*pair) for pair in zip(keys, pipe.execute(), strict=True)]

    def activity(self, buckets: Sequence[Bucket]) -> list[Activity]:
        """What happened in these buckets.

        Raises:
            CorruptValue: if a count or a sketch is damaged.
        """
        counts = [self._keys.activity(grain.name, start_s) for grain, start_s in buckets]
        users = [self._keys.active_users(grain.name, start_s) for grain, start_s in buckets]
        with self._client.pipeline(transaction=False) as pipe:
            for of_counts, of_users in zip(counts, users, strict=True):
                pipe.hgetall(of_counts)
                pipe.get(of_users)
            stored = pipe.execute()
        found = zip(counts, stored[::2], users, stored[1::2], strict=True)
        return [Activity(*_counts(*of[:2]), _sketch(*of[2:])) for of in found]

    def _write_bucket(self, one: BucketCounts) -> None:
        """Its activity last: who reads the number of records first reads all that they count."""
        grain, start_s = one.bucket
        ends_s = start_s + grain.seconds + grain.kept_s
        for counts in _chunks(one.counts):
            fields = {name: f"{ratings},{half}" for name, (ratings, half) in counts.items()}
            self._set(self._keys.trend(grain.name, start_s), ends_s, "HSET", _flat(fields))
        for ranks in _chunks(one.registers):
            sets = [part for n, rank in ranks.items() for part in ("SET", "u8", f"#{n}", rank)]
            key = self._keys.active_users(grain.name, start_s)
            self._set(key, ends_s, "BITFIELD", [*WHOLE_SKETCH, *sets])
        if one.activity:
            key = self._keys.activity(grain.name, start_s)
            self._set(key, ends_s, "HSET", _flat(one.activity))

    def _set(self, key: str, ends_s: int, command: str, arguments: list[str | int]) -> None:
        with self._client.pipeline() as pipe:
            pipe.execute_command(command, key, *arguments)
            pipe.expireat(key, ends_s)
            pipe.execute()


def _chunks(items: dict[K, V]) -> Iterator[dict[K, V]]:
    pairs = list(items.items())
    return (dict(pairs[i : i + CHUNK]) for i in range(0, len(pairs), CHUNK))


def _flat(fields: Mapping[str, str | int]) -> list[str | int]:
    return [part for field in fields.items() for part in field]


def _counts(key: str, stored: Mapping[bytes, bytes]) -> tuple[int, int, int]:
    with stored_at(key):
        counts = [whole_number(stored.get(name, b"0"), 0, MOST) for name in ACTIVITY]
        records, rejected, ratings = counts
        if rejected + ratings > records:
            raise CorruptValue(f"{records} records, {rejected} rejected, {ratings} ratings")
        return records, rejected, ratings


def _records(key: str, count: bytes | None) -> int | None:
    with stored_at(key):
        return None if count is None else whole_number(count, 0, MOST)


def _sketch(key: str, users: bytes | None) -> bytes:
    with stored_at(key):
        if users is not None and (len(users) != REGISTERS or max(users) > LARGEST_RANK):
            raise CorruptValue(f"sketch of {len(users)} registers up to {max(users, default=0)}")
        return bytes(REGISTERS) if users is None else users


def _fields(offsets: NextOffsets) -> dict[str, int]:
    return {str(partition): offset for partition, offset in offsets.items()}


def _decode(key: str, stored: Mapping[bytes, bytes]) -> dict[str, tuple[int, int]]:
    with stored_at(key):
        return {_name(name): _rated(value) for name, value in stored.items()}


def _name(field: bytes) -> str:
    """`m:movie` or `g:genre`."""
    if field.startswith(MOVIE.encode()):
        whole_number(field.removeprefix(MOVIE.encode()), 1, MAX_ID)
    elif not field.startswith(GENRE.encode()):
        raise CorruptValue(f"unexpected field {printable(field)}")
    return text(field, LONGEST_NAME)


def _rated(value: bytes) -> tuple[int, int]:
    """How many ratings, and their half-star sum: 1 to 10 each."""
    first, _, second = value.partition(b",")
    ratings, half_stars = whole_number(first, 1, MOST), whole_number(second, 1, 10 * MOST)
    if not ratings <= half_stars <= 10 * ratings:
        raise CorruptValue(f"{ratings} ratings of {half_stars} half-stars")
    return ratings, half_stars

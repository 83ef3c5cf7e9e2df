"""What streaming keeps: trends and activity by bucket, as absolute values beside their offsets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from contracts.histories import CorruptValue
from contracts.keys import Keys
from contracts.sketches import REGISTERS
from contracts.store.connection import Client
from contracts.topics import NextOffsets
from contracts.trends import Activity, Bucket

CHUNK = 1000
"""Fields or registers in one transaction."""

WHOLE_SKETCH = ("INCRBY", "u8", f"#{REGISTERS - 1}", 0)
"""Changes nothing, but makes the string as long as it will ever be."""
ACTIVITY = (b"records", b"rejected", b"ratings")

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

    def forget_reflected(self) -> None:
        """Let nothing be known of what the buckets reflect: they will be written again."""
        self._client.delete(self._keys.trend_offsets())

    def reflected(self) -> dict[int, int]:
        """The next-offsets that the buckets reflect."""
        stored = self._client.hgetall(self._keys.trend_offsets())
        return {int(partition): int(offset) for partition, offset in stored.items()}

    def read(self, buckets: Sequence[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets, empty where nothing was rated."""
        with self._client.pipeline(transaction=False) as pipe:
            for bucket in buckets:
                pipe.hgetall(self._keys.trend(bucket.grain.name, bucket.start_s))
            return [_decode(stored) for stored in pipe.execute()]

    def records(self, buckets: Sequence[Bucket]) -> list[int | None]:
        """How many records these buckets reflect; a bucket that changes has more than before."""
        with self._client.pipeline(transaction=False) as pipe:
            for bucket in buckets:
                pipe.hget(self._keys.activity(bucket.grain.name, bucket.start_s), "records")
            return [None if count is None else int(count) for count in pipe.execute()]

    def activity(self, buckets: Sequence[Bucket]) -> list[Activity]:
        """What happened in these buckets.

        Raises:
            CorruptValue: if a sketch has another size than it should.
        """
        with self._client.pipeline(transaction=False) as pipe:
            for grain, start_s in buckets:
                pipe.hgetall(self._keys.activity(grain.name, start_s))
                pipe.get(self._keys.active_users(grain.name, start_s))
            stored = pipe.execute()
        return [_activity(*pair) for pair in zip(stored[::2], stored[1::2], strict=True)]

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


def _activity(counts: Mapping[bytes, bytes], users: bytes | None) -> Activity:
    if users is not None and len(users) != REGISTERS:
        raise CorruptValue(f"sketch of {len(users)} registers")
    records, rejected, ratings = (int(counts.get(name, 0)) for name in ACTIVITY)
    return Activity(records, rejected, ratings, bytes(REGISTERS) if users is None else users)


def _fields(offsets: NextOffsets) -> dict[str, int]:
    return {str(partition): offset for partition, offset in offsets.items()}


def _decode(stored: Mapping[bytes, bytes]) -> dict[str, tuple[int, int]]:
    pairs = ((name.decode(), value.split(b",")) for name, value in stored.items())
    return {name: (int(count), int(half)) for name, (count, half) in pairs}

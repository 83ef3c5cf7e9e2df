"""What streaming keeps: buckets of fresh ratings, as absolute values beside their offsets."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.keys import Keys
from contracts.store.connection import Client
from contracts.topics import NextOffsets
from contracts.trends import Bucket

CHUNK = 1000
"""Fields in one transaction."""

Counts = Mapping[str, tuple[int, int]]
"""`m:movie` or `g:genre` to (ratings, half-star sum)."""


@dataclass(frozen=True)
class BucketCounts:
    """Counts of one bucket that changed, whole."""

    bucket: Bucket
    counts: Counts


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

    def read(self, buckets: list[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets, empty where nothing was rated."""
        with self._client.pipeline(transaction=False) as pipe:
            for bucket in buckets:
                pipe.hgetall(self._keys.trend(bucket.grain.name, bucket.start_s))
            return [_decode(stored) for stored in pipe.execute()]

    def _write_bucket(self, one: BucketCounts) -> None:
        grain = one.bucket.grain
        key = self._keys.trend(grain.name, one.bucket.start_s)
        fields = {name: f"{count},{half}" for name, (count, half) in one.counts.items()}
        names = list(fields)
        for i in range(0, len(names), CHUNK):
            with self._client.pipeline() as pipe:
                pipe.hset(key, mapping={name: fields[name] for name in names[i : i + CHUNK]})
                pipe.expireat(key, one.bucket.start_s + grain.seconds + grain.kept_s)
                pipe.execute()


def _fields(offsets: NextOffsets) -> dict[str, int]:
    return {str(partition): offset for partition, offset in offsets.items()}


def _decode(stored: Mapping[bytes, bytes]) -> dict[str, tuple[int, int]]:
    pairs = ((name.decode(), value.split(b",")) for name, value in stored.items())
    return {name: (int(count), int(half)) for name, (count, half) in pairs}

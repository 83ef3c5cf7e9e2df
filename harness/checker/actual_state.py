"""What is so: the state that Redis and the event log hold, decoded byte by byte."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from redis import Redis

from harness.checker.state_types import Bucket, Counts, History, LogRow, Position, RankedList, State

KINDS = ("rated", "retracted", "dismissed")
HISTORY_HEAD = "<BIQQI"  # format 1, entries in all chunks, next offset, newest ms, crc32
HISTORY_ENTRY = "<IBq"  # movie, state, rated_at ms
LIST_HEAD = "<BHIQQQI"  # format 1, movies, version, next offset, two times, crc32
LIST_ENTRY = "<IfB"  # movie, score, stars times ten
TOTAL = "<10I"
SKETCH = 2048
GLOB = str.maketrans({character: f"\\{character}" for character in "*?[]^\\"})


def found_in(redis_url: str, prefix: str, event_log: Path) -> State:
    """Everything under a prefix and in a folder; what cannot be decoded is named in `damaged`."""
    found = State()
    redis = Redis.from_url(redis_url)
    _read_positions(redis, prefix, found)
    _read_histories(redis, prefix, found)
    _read_totals(redis, prefix, found)
    _read_buckets(redis, prefix, found)
    _read_activity(redis, prefix, found)
    redis.close()
    found.log = {int(folder.name): _read_log(folder) for folder in event_log.glob("[0-9]*")}
    return found


def lists_in(redis_url: str, prefix: str) -> dict[tuple[int, int], RankedList]:
    """Every folded-in list under a prefix, by partition and user.

    Raises:
        ValueError: saying what is wrong with one.
    """
    redis: Any = Redis.from_url(redis_url)
    found: dict[tuple[int, int], RankedList] = {}
    for name in _keys(redis, prefix, "foldin"):
        value = redis.get(f"{prefix}foldin:{name}")
        found[_partition(name), int(name.split(":")[1])] = decode_list(value)
    redis.close()
    return found


def decode_list(value: bytes) -> RankedList:
    """The list in a stored value.

    Raises:
        ValueError: saying what is wrong with it.
    """
    head_bytes = struct.calcsize(LIST_HEAD)
    form, count, version, next_offset, _, _, checksum = struct.unpack_from(LIST_HEAD, value)
    body = value[head_bytes:]
    if form != 1 or checksum != zlib.crc32(value[: head_bytes - 4] + body):
        raise ValueError(f"list of format {form}, checksum {checksum}")
    entries = [(movie, score) for movie, score, _ in struct.iter_unpack(LIST_ENTRY, body)]
    if len(entries) != count:
        raise ValueError(f"{len(entries)} movies, the header says {count}")
    return RankedList(version, next_offset, entries)


def active_in(redis_url: str, prefix: str) -> int:
    """The version that the pointer names; 0 for none."""
    redis = Redis.from_url(redis_url)
    version = int(redis.hget(f"{prefix}active", "version") or 0)
    redis.close()
    return version


def _keys(redis: Any, prefix: str, kind: str) -> Iterator[str]:
    pattern = f"{prefix.translate(GLOB)}{kind}:*"
    for key in redis.scan_iter(pattern, count=1000):
        yield key.decode().removeprefix(f"{prefix}{kind}:")


def _partition(name: str) -> int:
    return int(name[name.index("{") + 1 : name.index("}")])


def _read_positions(redis: Any, prefix: str, found: State) -> None:
    for name in _keys(redis, prefix, "position"):
        fields = {k.decode(): int(v) for k, v in redis.hgetall(f"{prefix}position:{name}").items()}
        rejected = sum(v for k, v in fields.items() if k.startswith("rejected"))
        counts = (fields.get("next", 0), fields.get("applied", 0), fields.get("no_effect", 0))
        found.positions[_partition(name)] = Position(*counts, rejected)


def _read_histories(redis: Any, prefix: str, found: State) -> None:
    chunks: dict[tuple[int, int], dict[int, str]] = {}
    for name in _keys(redis, prefix, "rated"):
        partition, user, *chunk = name.replace("{", "").replace("}", "").split(":")
        chunks.setdefault((int(partition), int(user)), {})[int(chunk[0]) if chunk else 0] = name
    for place, names in chunks.items():
        values = [redis.get(f"{prefix}rated:{names[n]}") for n in sorted(names)]
        try:
            found.histories[place] = decode_history(values)
        except (ValueError, struct.error) as error:
            found.damaged.append(f"history of user {place[1]} in partition {place[0]}: {error}")


def decode_history(chunks: list[bytes]) -> History:
    """The history in a user's stored chunks.

    Raises:
        ValueError: saying what is wrong with them.
    """
    head_bytes = struct.calcsize(HISTORY_HEAD)
    heads = set()
    movies: dict[int, tuple[int, int]] = {}
    for chunk in chunks:
        form, count, next_offset, newest_ms, checksum = struct.unpack_from(HISTORY_HEAD, chunk)
        body = chunk[head_bytes:]
        if form != 1 or checksum != zlib.crc32(chunk[: head_bytes - 4] + body):
            raise ValueError(f"format {form}, checksum {checksum}")
        heads.add((count, next_offset, newest_ms))
        for movie, state, rated_at_ms in struct.iter_unpack(HISTORY_ENTRY, body):
            movies[movie] = (state, rated_at_ms)
    if len(heads) != 1:
        raise ValueError(f"chunks of different writes: {sorted(heads)}")
    ((count, next_offset, _),) = heads
    if count != len(movies):
        raise ValueError(f"{len(movies)} movies, the header says {count}")
    return History(movies, next_offset)


def _read_totals(redis: Any, prefix: str, found: State) -> None:
    for name in _keys(redis, prefix, "movies"):
        for movie, value in redis.hgetall(f"{prefix}movies:{name}").items():
            if len(value) != struct.calcsize(TOTAL):
                found.damaged.append(f"total of movie {int(movie)}: {len(value)} bytes")
                continue
            have = found.totals.get(int(movie), (0,) * 10)
            more = struct.unpack(TOTAL, value)
            found.totals[int(movie)] = tuple(a + b for a, b in zip(have, more, strict=True))
    found.totals = {movie: counts for movie, counts in found.totals.items() if any(counts)}


def _read_buckets(redis: Any, prefix: str, found: State) -> None:
    for name in _keys(redis, prefix, "trend"):
        if name == "offsets":
            continue
        counts: Counts = {}
        for field, value in redis.hgetall(f"{prefix}trend:{name}").items():
            ratings, half_stars = value.split(b",")
            counts[field.decode()] = (int(ratings), int(half_stars))
        found.buckets[_bucket(name)] = counts


def _read_activity(redis: Any, prefix: str, found: State) -> None:
    for name in _keys(redis, prefix, "activity"):
        counts = redis.hgetall(f"{prefix}activity:{name}").items()
        found.activity[_bucket(name)] = {field.decode(): int(count) for field, count in counts}
    for name in _keys(redis, prefix, "active"):
        sketch = redis.get(f"{prefix}active:{name}")
        if len(sketch) != SKETCH:
            found.damaged.append(f"sketch of {name}: {len(sketch)} bytes")
        found.users[_bucket(name)] = {n: rank for n, rank in enumerate(sketch) if rank}


def _bucket(name: str) -> Bucket:
    grain, start = name.split(":")
    return grain, int(start)


def _read_log(folder: Path) -> list[LogRow]:
    rows: list[LogRow] = []
    for path in _chosen(folder):
        # A file as it is: read_table would take folder names for partition columns.
        rows += [_log_row(row) for row in pq.ParquetFile(path).read().to_pylist()]
    return rows


def _chosen(folder: Path) -> Iterator[Path]:
    """The longest file from each end on; those within what was passed were merged into it."""
    spans = [path.stem.split("-") for path in folder.glob("[0-9]*.parquet")]
    end = 0
    for first, until in sorted(spans, key=lambda one: (int(one[0]), -int(one[1]))):
        if int(until) > end:
            yield folder / f"{first}-{until}.parquet"
            end = int(until)


def _log_row(row: dict[str, Any]) -> LogRow:
    names = ("event_id", "user_id", "movie_id", "half_stars", "rated_at_ms")
    kind = None if row["kind"] is None else KINDS[row["kind"]]
    place = (row["offset"], row["timestamp_ms"], row["reason"] is None)
    return LogRow(*place, kind, *(row[name] for name in names))

"""The speed layer's data, written by one script that is fenced by the position."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from contracts.histories import History, pack, pack_total, unpack_total
from contracts.ranked_lists import RankedList
from contracts.ranked_lists import pack as pack_list
from contracts.ranked_lists import unpack as unpack_list
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, stored_at, whole_number
from redis_store.connection import Client
from redis_store.partition_position import WRITTEN, Position, decode_position
from redis_store.string_reads import history, strings

log = logging.getLogger(__name__)

# KEYS: position, movies, touched, owed, then every string to set.
# ARGV: the expected position; how many values of each part follow; the parts.
FENCED_WRITE = """
local reached = redis.call('HGET', KEYS[1], 'next') or '0'
if reached ~= ARGV[1] then return reached end
local at = 7
local function take(count)
  local part = {}
  for i = 1, tonumber(count) do part[i] = ARGV[at]; at = at + 1 end
  return part
end
local position, movies = take(ARGV[2]), take(ARGV[3])
local touched, owed, settled = take(ARGV[4]), take(ARGV[5]), take(ARGV[6])
if #movies > 0 then redis.call('HSET', KEYS[2], unpack(movies)) end
if #touched > 0 then redis.call('ZADD', KEYS[3], unpack(touched)) end
if #owed > 0 then redis.call('ZADD', KEYS[4], unpack(owed)) end
if #settled > 0 then redis.call('ZREM', KEYS[4], unpack(settled)) end
for i = 5, #KEYS do redis.call('SET', KEYS[i], ARGV[at]); at = at + 1 end
redis.call('HSET', KEYS[1], unpack(position))
return -1
"""

# KEYS: position. ARGV: the fence.
BEGIN_LOAD = """
local reached = redis.call('HGET', KEYS[1], 'next') or '0'
if (tonumber(reached) or 0) > 0 then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'next', ARGV[1])
return 1
"""

# KEYS: position, then the keys to forget. ARGV: the fence.
CLEAR = """
if redis.call('HGET', KEYS[1], 'next') ~= ARGV[1] then return 0 end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 1
"""
CLEARED_AT_ONCE = 500
NO_TOTAL = (0,) * 10
"""Of a movie that nobody has rated."""
LARGEST_OFFSET = 2**53
"""Scores are floating-point numbers."""


class PositionMoved(RuntimeError):
    """The partition's position is not the expected one: another worker has written."""


@dataclass(frozen=True)
class Change:
    """Absolute values for one partition, standing on the position `expected`.

    Attributes:
        histories: of users with new events.
        lists: of users whose list is made; they owe none any more.
        totals: half-star histograms of movies.
        touched: users by the offset of their last event.
        owed: users whose list is to follow, likewise.
    """

    expected: int
    position: Position
    histories: Mapping[int, History] = field(default_factory=dict)
    lists: Mapping[int, RankedList] = field(default_factory=dict)
    totals: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    touched: Mapping[int, int] = field(default_factory=dict)
    owed: Mapping[int, int] = field(default_factory=dict)


class SpeedStore:
    """Reads and writes a partition's positions, histories, lists, totals and debts."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys
        self._write = client.register_script(FENCED_WRITE)
        self._begin_load = client.register_script(BEGIN_LOAD)
        self._clear = client.register_script(CLEAR)

    def position(self, partition: int) -> Position:
        """Where the partition stands; the zero position where nothing is, or while it is loaded.

        Raises:
            CorruptValue: if it is damaged.
        """
        key = self._keys.position(partition)
        return decode_position(key, self._client.hgetall(key))

    def histories(self, partition: int, users: Iterable[int]) -> dict[int, History]:
        """The histories of these users, empty ones for strangers.

        Raises:
            CorruptValue: if one is damaged.
        """
        users, keys = list(users), self._keys
        firsts = strings(self._client, [keys.rated(partition, user) for user in users])
        found = zip(users, firsts, strict=True)
        return {user: history(self._client, keys, partition, user, one) for user, one in found}

    def lists(self, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        """The folded-in lists that these users have; damaged ones are left out."""
        users = list(users)
        return self._lists(users, [self._keys.foldin(partition, user) for user in users])

    def listed(self, version: int, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        """The lists that these users have of a version; damaged ones are left out."""
        users = list(users)
        return self._lists(users, [self._keys.listed(version, partition, user) for user in users])

    def totals(self, partition: int, movies: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Half-star histograms of these movies over this partition's users.

        Raises:
            CorruptValue: if one is damaged.
        """
        movies, key = list(movies), self._keys.movies(partition)
        if not movies:
            return {}
        pairs = zip(movies, self._client.hmget(key, [str(m) for m in movies]), strict=True)
        with stored_at(key):
            return {m: NO_TOTAL if value is None else unpack_total(value) for m, value in pairs}

    def write(self, partition: int, change: Change) -> None:
        """Write everything, or nothing if the position has moved.

        Raises:
            PositionMoved: naming both positions.
            CorruptValue: if a value is of another type; some may have been written.
        """
        strings = self._strings(partition, change)
        keys = self._keys
        heads = (keys.position, keys.movies, keys.touched, keys.owed)
        parts = _parts(change)
        reached = self._write(
            keys=[*(key(partition) for key in heads), *strings],
            args=[
                change.expected,
                *map(len, parts),
                *(value for part in parts for value in part),
                *strings.values(),
            ],
        )
        if reached != WRITTEN:
            stands = reached.decode(errors="replace")
            raise PositionMoved(f"partition {partition} is at {stands}, not at {change.expected}")

    def begin_load(self, partition: int, fence: int) -> bool:
        """Forget everything of a partition, to rewrite it; nothing if it has a position.

        Args:
            partition: of the topic.
            fence: what the position says until whoever loads has written the real one, so that
                nobody else can; of `new_fence`, or 0 if there is nothing to load. A load that
                another has begun is overtaken by this.
        """
        keys = self._keys
        position = keys.position(partition)
        if not self._begin_load(keys=[position], args=[fence]):
            return False
        heads = (keys.movies(partition), keys.touched(partition), keys.owed(partition))
        users = (self._client.scan_iter(one, count=1000) for one in keys.of_users(partition))
        left = chain(heads, *users)
        while some := list(islice(left, CLEARED_AT_ONCE)):
            if not self._clear(keys=[position, *some], args=[fence]):
                break  # overtaken; the first write will say so
        return True

    def forget_position(self, partition: int) -> None:
        """Forget a partition's position, so that its worker loads all of it again."""
        self._client.unlink(self._keys.position(partition))

    def owed(self, partition: int, limit: int) -> dict[int, int]:
        """Users whose list is owed, the newest first, with the offset of their last event.

        Raises:
            CorruptValue: if one is damaged.
        """
        key = self._keys.owed(partition)
        return _users(key, self._client.zrevrange(key, 0, limit - 1, withscores=True))

    def count_owed(self, partition: int) -> int:
        """How many users are owed a list."""
        return int(self._client.zcard(self._keys.owed(partition)))

    def follow_activation(self, partition: int, snapshot: int, oldest_kept: int) -> None:
        """Owe a list to all whom the snapshot does not cover, and forget debts that it covers.

        Raises:
            CorruptValue: if one who was touched is damaged.
        """
        touched, owed = self._keys.touched(partition), self._keys.owed(partition)
        found = self._client.zrangebyscore(touched, snapshot, "+inf", withscores=True)
        behind = _users(touched, found)
        with self._client.pipeline() as pipe:
            if behind:
                pipe.zadd(owed, behind)
            pipe.zremrangebyscore(owed, "-inf", f"({snapshot}")
            pipe.zremrangebyscore(touched, "-inf", f"({oldest_kept}")
            pipe.execute()

    def _lists(self, users: list[int], keys: list[str]) -> dict[int, RankedList]:
        values = self._client.mget(keys) if keys else []
        found = zip(users, keys, values, strict=True)
        lists = {user: _list(key, value) for user, key, value in found if value is not None}
        return {user: ranked for user, ranked in lists.items() if ranked is not None}

    def _strings(self, partition: int, change: Change) -> dict[str, bytes]:
        rated = {
            self._keys.rated(partition, user, n): chunk
            for user, history in change.histories.items()
            for n, chunk in enumerate(pack(history))
        }
        lists = {self._keys.foldin(partition, u): pack_list(r) for u, r in change.lists.items()}
        return rated | lists


def _users(key: str, pairs: Iterable[tuple[bytes, float]]) -> dict[int, int]:
    """Users and offsets of a sorted set."""
    with stored_at(key):
        return {whole_number(user, 1): _offset(score) for user, score in pairs}


def _offset(score: float) -> int:
    if not (0 <= score <= LARGEST_OFFSET and score.is_integer()):
        raise CorruptValue(f"invalid offset {score}")
    return int(score)


def _list(key: str, value: bytes) -> RankedList | None:
    """A list; it is made again with its user's next event, and no loss where it is damaged."""
    try:
        return unpack_list(value)
    except CorruptValue as error:
        log.warning("%s: %s", key, error)
        return None


def _parts(change: Change) -> tuple[list[str | int | bytes], ...]:
    """The script's parts: position, movies, touched, owed, settled."""
    position = change.position
    counts = {"next": position.next_offset, "applied": position.applied}
    counts |= {"no_effect": position.no_effect}
    counts |= {f"rejected:{reason}": count for reason, count in position.rejected.items()}
    counts |= {f"judged:{name}": count for name, count in position.judged.items()}
    return (
        [part for pair in counts.items() for part in pair],
        [part for m, total in change.totals.items() for part in (m, pack_total(total))],
        [part for user, offset in change.touched.items() for part in (offset, user)],
        [part for user, offset in change.owed.items() for part in (offset, user)],
        list(change.lists),
    )

"""What the speed layer keeps, written by one script that the position fences."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from contracts.histories import History, chunk_count, pack, pack_total, unpack, unpack_total
from contracts.keys import Keys
from contracts.lists import RankedList
from contracts.lists import pack as pack_list
from contracts.lists import unpack as unpack_list
from contracts.store.connection import Client

# KEYS: position, movies, touched, owed, then every string to set.
# ARGV: the expected position; how many values of each part follow; the parts.
FENCED_WRITE = """
local reached = redis.call('HGET', KEYS[1], 'next') or '0'
if reached ~= ARGV[1] then return tonumber(reached) end
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
WRITTEN = -1

# KEYS: position. ARGV: the fence.
BEGIN_LOAD = """
local reached = redis.call('HGET', KEYS[1], 'next') or '0'
if tonumber(reached) > 0 then return 0 end
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
FENCES_BELOW, FENCES = WRITTEN - 1, 2**52
"""Apart from what says that something was written; as many as Lua's numbers tell apart."""


class PositionMoved(RuntimeError):
    """The partition's position is not the one this write stands on: somebody else wrote."""


JUDGED_FROM = (0, 1, 5, 20)
"""Likes from which a user belongs to a group that live quality is told of."""


@dataclass(frozen=True)
class Position:
    """The next offset that a partition's keys reflect, and the running counts of its records.

    Attributes:
        next_offset: what is not below it is not reflected.
        applied: events that changed something.
        no_effect: events that did not.
        rejected: records that are no events, by reason.
        judged: likes and hits by `group:what`, of lists that were up to date; see `speed.quality`.
            They begin anew when a partition is loaded.
    """

    next_offset: int = 0
    applied: int = 0
    no_effect: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    judged: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """All records counted; equals `next_offset`."""
        return self.applied + self.no_effect + sum(self.rejected.values())


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
        """Where the partition stands; the zero position where nothing is, or while it is loaded."""
        return decode_position(self._client.hgetall(self._keys.position(partition)))

    def histories(self, partition: int, users: Iterable[int]) -> dict[int, History]:
        """The histories of these users, empty ones for strangers."""
        users = list(users)
        firsts = self._mget([self._keys.rated(partition, user) for user in users])
        found = zip(users, firsts, strict=True)
        return {user: self._history(partition, user, first) for user, first in found}

    def lists(self, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        """The folded-in lists that these users have."""
        users = list(users)
        return self._lists(users, [self._keys.foldin(partition, user) for user in users])

    def listed(self, version: int, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        """The lists that these users have of a version."""
        users = list(users)
        return self._lists(users, [self._keys.listed(version, partition, user) for user in users])

    def totals(self, partition: int, movies: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Half-star histograms of these movies over this partition's users."""
        movies = list(movies)
        if not movies:
            return {}
        values = self._client.hmget(self._keys.movies(partition), [str(m) for m in movies])
        none = (0,) * 10
        pairs = zip(movies, values, strict=True)
        return {m: none if value is None else unpack_total(value) for m, value in pairs}

    def write(self, partition: int, change: Change) -> None:
        """Write everything, or nothing if the position has moved.

        Raises:
            PositionMoved: naming both positions.
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
            raise PositionMoved(f"partition {partition} is at {reached}, not at {change.expected}")

    def begin_load(self, partition: int, fence: int) -> bool:
        """Forget everything of a partition, to write it anew; nothing if it has a position.

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

    def forget_positions(self, partitions: int) -> None:
        """Let nothing be known of where these partitions stand: their workers load them again."""
        for partition in range(partitions):  # a cluster keeps them in slots of their own
            self._client.unlink(self._keys.position(partition))

    def owed(self, partition: int, limit: int) -> dict[int, int]:
        """Users whose list is owed, the newest first, with the offset of their last event."""
        pairs = self._client.zrevrange(self._keys.owed(partition), 0, limit - 1, withscores=True)
        return {int(user): int(offset) for user, offset in pairs}

    def count_owed(self, partition: int) -> int:
        """How many users a list is owed to."""
        return int(self._client.zcard(self._keys.owed(partition)))

    def follow_activation(self, partition: int, snapshot: int, oldest_kept: int) -> None:
        """Owe a list to all whom the snapshot does not cover, and forget debts that it covers."""
        touched, owed = self._keys.touched(partition), self._keys.owed(partition)
        behind = self._client.zrangebyscore(touched, snapshot, "+inf", withscores=True)
        with self._client.pipeline() as pipe:
            if behind:
                pipe.zadd(owed, {user: int(offset) for user, offset in behind})
            pipe.zremrangebyscore(owed, "-inf", f"({snapshot}")
            pipe.zremrangebyscore(touched, "-inf", f"({oldest_kept}")
            pipe.execute()

    def _history(self, partition: int, user: int, first: bytes | None) -> History:
        if first is None:
            return History()
        further = range(1, chunk_count(first))
        return unpack([first, *self._mget([self._keys.rated(partition, user, n) for n in further])])

    def _lists(self, users: list[int], keys: list[str]) -> dict[int, RankedList]:
        found = zip(users, self._mget(keys), strict=True)
        return {user: unpack_list(value) for user, value in found if value is not None}

    def _mget(self, keys: list[str]) -> list[bytes]:
        return self._client.mget(keys) if keys else []

    def _strings(self, partition: int, change: Change) -> dict[str, bytes]:
        rated = {
            self._keys.rated(partition, user, n): chunk
            for user, history in change.histories.items()
            for n, chunk in enumerate(pack(history))
        }
        lists = {self._keys.foldin(partition, u): pack_list(r) for u, r in change.lists.items()}
        return rated | lists


def judged_in(positions: Iterable[Position]) -> Counter[str]:
    """Likes and hits by what is told (`likes`, `live`, …), of all groups in these partitions."""
    found: Counter[str] = Counter()
    for position in positions:
        for name, count in position.judged.items():
            found[name.partition(":")[2]] += count
    return found


def new_fence() -> int:
    """What nobody else's position says: a number below zero."""
    return FENCES_BELOW - secrets.randbelow(FENCES)


def decode_position(stored: Mapping[bytes, bytes]) -> Position:
    """A position from its hash; while a partition is loaded it has none."""
    counts = {name.decode(): int(value) for name, value in stored.items()}

    def kept(kind: str) -> dict[str, int]:
        return {n.partition(":")[2]: v for n, v in counts.items() if n.startswith(f"{kind}:")}

    applied, no_effect = counts.get("applied", 0), counts.get("no_effect", 0)
    following = max(0, counts.get("next", 0))
    return Position(following, applied, no_effect, kept("rejected"), kept("judged"))


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

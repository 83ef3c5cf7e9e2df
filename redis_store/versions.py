"""Published versions: written whole under their own names, verified, then activated at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TypeAlias

from contracts.active_version import Active
from contracts.artefact import Array, Model
from contracts.process_exit import DAMAGED, Failure
from contracts.ranked_lists import UserLists, pack
from contracts.redis_keys import Keys
from contracts.similar_movies import pack as pack_neighbours
from contracts.stored_value_checks import CorruptValue, stored_at, whole_number
from contracts.version_lists import VersionLists
from redis_store.active_pointer_decoder import LARGEST_NUMBER, decode_active
from redis_store.connection import Client, set_all
from redis_store.model_codec import (
    NoActiveModel,
    array_from,
    chunks_of,
    described,
    manifest_of,
    model_of,
)
from redis_store.string_reads import parts_of

BATCH = 500
BATCH_BYTES = 500_000
"""Values in one command, and how large they are together: Redis takes well below 5 ms."""
SCANNED = 1000
"""Keys that Redis looks at in one command."""

Batch: TypeAlias = tuple[Sequence[bytes], Sequence[bytes]]
"""Keys and their values."""

# KEYS: active. ARGV: token, version, snapshot, milliseconds, whether it is held.
ACTIVATE = """
local token = tonumber(redis.call('HGET', KEYS[1], 'token') or '0') or 0
if tonumber(ARGV[1]) <= token then return token end
local before = redis.call('HGET', KEYS[1], 'version') or ''
local before_snapshot = redis.call('HGET', KEYS[1], 'snapshot') or ''
redis.call('HINCRBY', KEYS[1], 'activation', 1)
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', ARGV[2], 'snapshot', ARGV[3],
  'activated_at_ms', ARGV[4], 'previous', before, 'previous_snapshot', before_snapshot,
  'held', ARGV[5])
return -1
"""
ACTIVATED = -1

# KEYS: active. ARGV: whether it is held.
MARK_HELD = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'held', ARGV[1]) end
"""

# KEYS: token. ARGV: what the token must be above.
NEXT_TOKEN = """
local found = redis.pcall('GET', KEYS[1])
local token = type(found) == 'string' and tonumber(found) or 0
if token < 0 or token > 2^53 or token ~= math.floor(token) then token = 0 end
token = math.max(token, tonumber(ARGV[1])) + 1
redis.call('SET', KEYS[1], token)
return token
"""


class StaleToken(Failure):
    """A trainer with a newer token has activated a version meanwhile."""

    where = "batch"
    what_to_do = "nothing to do: a newer trainer has published"
    code = DAMAGED


class VersionStore:
    """Publishes, activates, prunes and reads versions."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys
        self._activate = client.register_script(ACTIVATE)
        self._next_token = client.register_script(NEXT_TOKEN)
        self._mark_held = client.register_script(MARK_HELD)

    def active(self) -> Active | None:
        """The pointer, or None before the first activation.

        Raises:
            CorruptValue: if it is damaged.
        """
        key = self._keys.active()
        stored = self._client.hgetall(key)
        return decode_active(key, stored) if stored else None

    def forget_pointer(self) -> None:
        """Let no version be active, whatever the pointer says; published ones are kept."""
        self._client.unlink(self._keys.active())

    def next_token(self, above: int) -> int:
        """A token greater than `above`, than any handed out and than any that activated.

        What is no number was not handed out.
        """
        try:
            stored = self._client.hget(self._keys.active(), "token") or b"0"
            above = max(above, whole_number(stored, 0, LARGEST_NUMBER))
        except CorruptValue:
            pass  # whoever activates next forgets that pointer first
        return int(self._next_token(keys=[self._keys.token()], args=[above]))

    def publish(self, model: Model, made: VersionLists) -> None:
        """Write a version under its own names and read all of it back.

        Args:
            model: for those who fold in.
            made: everything else; its version has never been published before, or is gone.

        Raises:
            CorruptValue: if what is read back is not what was written.
        """
        version, count = made.version, 0
        chunks = chunks_of(model)
        for keys, values in chain(self._lists(made.lists), _batches(self._others(made, chunks))):
            set_all(self._client, keys, values)
            self._verify(keys, values)
            count += len(keys)
        manifest = manifest_of(model, chunks) | {"keys": str(count)}
        with self._client.pipeline() as pipe:
            pipe.unlink(self._keys.manifest(version))  # be it of another type
            pipe.hset(self._keys.manifest(version), mapping=manifest)
            pipe.execute()

    def holds(self, version: int) -> bool:
        """Whether all keys of a version that was published are still there."""
        try:
            stored = self._client.hget(self._keys.manifest(version), "keys")
            written = whole_number(stored or b"")
        except CorruptValue:
            return False
        patterns = self._keys.of_version(version)
        found = {key for one in patterns for key in self._client.scan_iter(one, count=SCANNED)}
        return written <= len(found)

    def activate(
        self,
        version: int,
        snapshot: Mapping[int, int],
        token: int,
        now_ms: int,
        *,
        held: bool = False,
    ) -> None:
        """Make a version the one that is read, in one atomic step; `held` is shown with it.

        Raises:
            StaleToken: if a token that is not smaller has activated.
        """
        offsets = ",".join(f"{p}={offset}" for p, offset in sorted(snapshot.items()))
        args = [token, version, offsets, now_ms, int(held)]
        found = self._activate(keys=[self._keys.active()], args=args)
        if found != ACTIVATED:
            raise StaleToken(f"token {token} of version {version} is stale: the newest is {found}")

    def mark_held(self, held: bool) -> None:
        """Show with the active version, if there is one, whether it is held."""
        self._mark_held(keys=[self._keys.active()], args=[int(held)])

    def prune(self, kept: Collection[int | None]) -> None:
        """Unlink every key of all versions but these, in the background of Redis."""
        for pattern in self._keys.all_versioned():
            keys = self._client.scan_iter(pattern, count=SCANNED)
            dead = (key for key in keys if self._keys.version_of(key.decode()) not in kept)
            while some := list(islice(dead, BATCH)):
                self._client.unlink(*some)

    def model(self, version: int) -> Model:
        """The model published with a version.

        Raises:
            NoActiveModel: if it is not, or no longer, there, or if a release with other parameters
                published it.
            CorruptValue: if it is damaged.
        """
        key = self._keys.manifest(version)
        manifest = self._client.hgetall(key)
        if not manifest:
            raise NoActiveModel(f"there is no model of version {version}")
        with stored_at(key):
            parameters, counts = described(version, manifest)
        arrays = {name: self._array(version, name, count) for name, count in counts.items()}
        with stored_at(key):
            return model_of(arrays, parameters)

    def _array(self, version: int, name: str, count: int) -> Array:
        chunks = parts_of(
            self._client, (self._keys.factors(version, name, n) for n in range(count))
        )
        if len(chunks) < count:
            raise NoActiveModel(f"array {name} of version {version} is missing")
        with stored_at(self._keys.factors(version, name, 0)):
            return array_from(chunks)

    def _lists(self, lists: UserLists) -> Iterator[Batch]:
        for rows in lists.alike(BATCH):
            partition = int(lists.partitions[rows[0]])
            users = lists.users[rows].tolist()
            yield self._keys.all_listed(lists.version, partition, users), lists.packed(rows)

    def _others(
        self, made: VersionLists, chunks: Mapping[str, Sequence[bytes]]
    ) -> Iterator[tuple[bytes, bytes]]:
        keys, version = self._keys, made.version
        yield keys.popular(version).encode(), pack(made.popular)
        for genre, popular in made.by_genre.items():
            yield keys.popular(version, genre).encode(), pack(popular)
        for movie, neighbours in made.similar.items():
            yield keys.similar(version, movie).encode(), pack_neighbours(neighbours)
        for name, parts in chunks.items():
            for n, part in enumerate(parts):
                yield keys.factors(version, name, n).encode(), part

    def _verify(self, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        read = self._client.mget(keys)
        if read != values:
            pairs = zip(keys, read, values, strict=True)
            wrong = [key.decode() for key, found, value in pairs if found != value]
            raise CorruptValue(
                f"{len(wrong)} values differ when read back, the first is {wrong[0]}"
            )


def _batches(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[Batch]:
    """Keys and values by the batch: few enough, and small enough, for one command."""
    keys: list[bytes] = []
    values: list[bytes] = []
    size = 0
    for key, value in pairs:
        if keys and (len(keys) == BATCH or size + len(value) > BATCH_BYTES):
            yield keys, values
            keys, values, size = [], [], 0
        keys.append(key)
        values.append(value)
        size += len(value)
    if keys:
        yield keys, values

"""Published versions: written whole under their own names, verified, then activated at once."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeAlias

import msgspec

from contracts.artefact import Array, Model, Parameters, decode_array, encode_array, model_from
from contracts.histories import CorruptValue
from contracts.keys import Keys
from contracts.lists import UserLists, pack
from contracts.made import Made
from contracts.neighbours import pack as pack_neighbours
from contracts.store.connection import Client, set_all
from contracts.topics import earlier

CHUNK_BYTES = 60_000
"""Published values are at most 64 KiB."""
BATCH = 500
BATCH_BYTES = 500_000
"""Values in one command, and how large they are together: Redis takes well below 5 ms."""
SCANNED = 1000
"""Keys that Redis looks at in one command."""

Batch: TypeAlias = tuple[Sequence[bytes], Sequence[bytes]]
"""Keys and their values."""

# KEYS: active. ARGV: token, version, snapshot, milliseconds.
ACTIVATE = """
local token = tonumber(redis.call('HGET', KEYS[1], 'token') or '0')
if tonumber(ARGV[1]) <= token then return token end
local before = redis.call('HGET', KEYS[1], 'version') or ''
local before_snapshot = redis.call('HGET', KEYS[1], 'snapshot') or ''
redis.call('HINCRBY', KEYS[1], 'activation', 1)
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'version', ARGV[2], 'snapshot', ARGV[3],
  'activated_at_ms', ARGV[4], 'previous', before, 'previous_snapshot', before_snapshot)
return -1
"""
ACTIVATED = -1

# KEYS: token. ARGV: what the token must be above.
NEXT_TOKEN = """
local token = tonumber(redis.call('GET', KEYS[1]) or '0')
token = math.max(token, tonumber(ARGV[1])) + 1
redis.call('SET', KEYS[1], token)
return token
"""


class StaleToken(RuntimeError):
    """A trainer with a newer token has activated a version meanwhile."""


class NoActiveModel(LookupError):
    """Nothing has been activated, or what was is gone."""


class NothingToGoBackTo(LookupError):
    """A rollback without another version to activate."""


@dataclass(frozen=True)
class Active:
    """The pointer: which version is served, and the events it reflects.

    Attributes:
        activation: grows by one with every activation, rollbacks included.
        snapshot: next-offsets of the version's training data.
        oldest_snapshot: of the oldest kept version; equals `snapshot` if there is one only.
    """

    activation: int
    version: int
    previous: int | None
    snapshot: Mapping[int, int]
    oldest_snapshot: Mapping[int, int]
    activated_at_ms: int


class VersionStore:
    """Publishes, activates, prunes and reads versions."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys
        self._activate = client.register_script(ACTIVATE)
        self._next_token = client.register_script(NEXT_TOKEN)

    def active(self) -> Active | None:
        """The pointer, or None before the first activation."""
        stored = self._client.hgetall(self._keys.active())
        return decode_active(stored) if stored else None

    def next_token(self, above: int) -> int:
        """A token greater than `above`, than any handed out and than any that activated."""
        active = int(self._client.hget(self._keys.active(), "token") or 0)
        return int(self._next_token(keys=[self._keys.token()], args=[max(above, active)]))

    def publish(self, model: Model, made: Made) -> None:
        """Write a version under its own names and read all of it back.

        Args:
            model: for those who fold in.
            made: everything else; its version has never been published before, or is gone.

        Raises:
            CorruptValue: if what is read back is not what was written.
        """
        version, count = made.version, 0
        chunks = {name: _chunks(encode_array(array)) for name, array in model.arrays().items()}
        for keys, values in chain(self._lists(made.lists), _batches(self._others(made, chunks))):
            set_all(self._client, keys, values)
            self._verify(keys, values)
            count += len(keys)
        manifest = {f"array:{name}": str(len(parts)) for name, parts in chunks.items()}
        manifest |= {
            "keys": str(count),
            "parameters": msgspec.json.encode(model.parameters).decode(),
        }
        self._client.hset(self._keys.manifest(version), mapping=manifest)

    def holds(self, version: int) -> bool:
        """Whether all keys of a version that was published are still there."""
        written = self._client.hget(self._keys.manifest(version), "keys")
        patterns = self._keys.of_version(version)
        found = {key for one in patterns for key in self._client.scan_iter(one, count=SCANNED)}
        return written is not None and int(written) == len(found)

    def activate(self, version: int, snapshot: Mapping[int, int], token: int, now_ms: int) -> None:
        """Make a version the one that is read, in one atomic step.

        Raises:
            StaleToken: if a token that is not smaller has activated.
        """
        offsets = ",".join(f"{p}={offset}" for p, offset in sorted(snapshot.items()))
        found = self._activate(keys=[self._keys.active()], args=[token, version, offsets, now_ms])
        if found != ACTIVATED:
            raise StaleToken(f"token {token} of version {version}, {found} has activated")

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
        manifest = self._client.hgetall(self._keys.manifest(version))
        if not manifest:
            raise NoActiveModel(f"no model of version {version}")
        try:
            parameters = msgspec.json.decode(manifest[b"parameters"], type=Parameters)
        except msgspec.ValidationError as error:
            raise NoActiveModel(f"version {version} is of another release: {error}") from error
        names = {k.decode()[6:]: int(n) for k, n in manifest.items() if k.startswith(b"array:")}
        arrays = {name: self._array(version, name, count) for name, count in names.items()}
        return model_from(arrays, parameters)

    def _array(self, version: int, name: str, count: int) -> Array:
        chunks = self._client.mget([self._keys.factors(version, name, n) for n in range(count)])
        if None in chunks:
            raise NoActiveModel(f"array {name} of version {version} is gone")
        return decode_array(_joined(chunks))

    def _lists(self, lists: UserLists) -> Iterator[Batch]:
        for rows in lists.alike(BATCH):
            partition = int(lists.partitions[rows[0]])
            users = lists.users[rows].tolist()
            yield self._keys.all_listed(lists.version, partition, users), lists.packed(rows)

    def _others(
        self, made: Made, chunks: Mapping[str, Sequence[bytes]]
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


def decode_active(stored: Mapping[bytes, bytes]) -> Active:
    """The pointer from its hash.

    Raises:
        CorruptValue: if a field is missing or is no number.
    """
    text = {name.decode(errors="replace"): v.decode(errors="replace") for name, v in stored.items()}
    try:
        return _active(text)
    except (KeyError, ValueError) as error:
        raise CorruptValue(f"active pointer {text}") from error


def _active(text: Mapping[str, str]) -> Active:
    snapshot, before = _offsets(text["snapshot"]), _offsets(text["previous_snapshot"])
    return Active(
        activation=int(text["activation"]),
        version=int(text["version"]),
        previous=int(text["previous"]) if text["previous"] else None,
        snapshot=snapshot,
        # After a rollback the previous version is the newer one.
        oldest_snapshot=earlier(snapshot, before) if before else snapshot,
        activated_at_ms=int(text["activated_at_ms"]),
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


def _offsets(text: str) -> dict[int, int]:
    pairs = (part.split("=") for part in text.split(",") if part)
    return {int(p): int(offset) for p, offset in pairs}


def _chunks(content: bytes) -> list[bytes]:
    parts = [content[i : i + CHUNK_BYTES] for i in range(0, len(content), CHUNK_BYTES)]
    return [zlib.crc32(part).to_bytes(4, "little") + part for part in parts]


def _joined(chunks: Iterable[bytes]) -> bytes:
    return b"".join(_checked(chunks))


def _checked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if zlib.crc32(chunk[4:]) != int.from_bytes(chunk[:4], "little"):
            raise CorruptValue(f"array chunk of {len(chunk)} bytes")
        yield chunk[4:]

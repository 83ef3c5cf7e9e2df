"""Published versions: written whole under their own names, verified, then activated at once."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from contracts.artefact import Array, Model, Parameters, decode_array, encode_array, model_from
from contracts.histories import CorruptValue
from contracts.keys import Keys
from contracts.lists import RankedList, pack
from contracts.store.connection import Client
from contracts.topics import earlier

CHUNK_BYTES = 60_000
"""Published values are at most 64 KiB."""
BATCH = 500
"""Values in one command."""

T = TypeVar("T")

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


class StaleToken(RuntimeError):
    """A trainer with a newer token has activated a version meanwhile."""


class NoActiveModel(LookupError):
    """Nothing has been activated, or what was is gone."""


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

    def active(self) -> Active | None:
        """The pointer, or None before the first activation."""
        stored = self._client.hgetall(self._keys.active())
        return decode_active(stored) if stored else None

    def next_token(self, above: int) -> int:
        """A token greater than `above`, than any handed out and than any that activated."""
        active = self._client.hget(self._keys.active(), "token")
        floor = max(above, int(active or 0), int(self._client.get(self._keys.token()) or 0))
        self._client.set(self._keys.token(), floor)
        return int(self._client.incr(self._keys.token()))

    def publish(
        self,
        version: int,
        lists: Mapping[tuple[int, int], RankedList],
        popular: RankedList,
        model: Model,
    ) -> None:
        """Write a version under its own names and read all of it back.

        Args:
            version: has never been published before.
            lists: by (partition, user).
            popular: the fallback that goes with the version.
            model: for those who fold in.

        Raises:
            CorruptValue: if what is read back is not what was written.
        """
        values = {self._keys.listed(version, p, u): pack(r) for (p, u), r in lists.items()}
        values[self._keys.popular(version)] = pack(popular)
        chunks = {name: _chunks(encode_array(array)) for name, array in model.arrays().items()}
        for name, parts in chunks.items():
            values |= {self._keys.factors(version, name, n): part for n, part in enumerate(parts)}
        for names in _batches(list(values)):
            some = {name: values[name] for name in names}
            self._client.mset(some)
            self._verify(some)
        manifest = {f"array:{name}": str(len(parts)) for name, parts in chunks.items()}
        manifest |= {
            "keys": str(len(values)),
            "parameters": msgspec.json.encode(model.parameters).decode(),
        }
        self._client.hset(self._keys.manifest(version), mapping=manifest)

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
            keys = self._client.scan_iter(pattern, count=1000)
            dead = [key for key in keys if self._keys.version_of(key.decode()) not in kept]
            for some in _batches(dead):
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

    def _verify(self, written: Mapping[str, bytes]) -> None:
        read = self._client.mget(list(written))
        wrong = [k for k, v in zip(written, read, strict=True) if v != written[k]]
        if wrong:
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


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[i : i + BATCH] for i in range(0, len(items), BATCH))


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

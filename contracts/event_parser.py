"""The one strict parser of rating events.

Validity is a pure function of a record's key, partition, value and timestamp (and the topic's
partition count). Nothing is repaired and nothing is guessed. `event.schema.json` says the same of
the value alone.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from contracts.events import MAX_ID, Event, Kind
from contracts.partitioner import partition_of
from contracts.topics import MAX_EVENT_BYTES

EARLIEST_RATED_AT_MS = int(datetime(1995, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_AHEAD_MS = 5 * 60 * 1000
MAX_BRACKETS = 100
"""Objects and arrays in one value: how deep a parser may follow must not depend on its stack."""


class Reason(StrEnum):
    """Why a record was rejected."""

    empty = "empty"
    too_large = "too_large"
    json = "json"
    encoding = "encoding"
    dup_key = "dup_key"
    version = "version"
    missing = "missing"
    type = "type"
    id = "id"
    rating = "rating"
    ts_range = "ts_range"
    key = "key"


class MalformedEvent(ValueError):
    """A record that is no event; `reason` is the bucket it is counted in."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Say the reason and, shortened, the offending value."""
        super().__init__(f"{reason.value}: {detail[:200]}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Record:
    """What a broker hands over: the parser's whole input but the partition count."""

    key: bytes | None
    partition: int
    value: bytes | None
    timestamp_ms: int


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_REQUIRED = ("kind", "event_id", "user_id", "movie_id", "rated_at")


def parse(record: Record, partitions: int) -> Event:
    """The event in a record.

    Raises:
        MalformedEvent: for every record that is not exactly one valid event in its place.
    """
    event = _canonical(record.value) or _event(json_object(record.value))
    _check_time(event.rated_at_ms, record.timestamp_ms)
    if record.key != str(event.user_id).encode():
        raise MalformedEvent(Reason.key, f"key {record.key!r} of user {event.user_id}")
    if record.partition != partition_of(event.user_id, partitions):
        raise MalformedEvent(Reason.key, f"user {event.user_id} in partition {record.partition}")
    return event


class _Wire(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An event as `contracts.events.encode` writes it, field by field in its order."""

    v: Literal[1]
    kind: Literal["rated", "retracted", "dismissed"]
    event_id: str
    user_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
    movie_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
    rating: Annotated[float, msgspec.Meta(ge=0.5, le=5)] | msgspec.UnsetType = msgspec.UNSET
    rated_at: str


_DECODER, _ENCODER = msgspec.json.Decoder(_Wire), msgspec.json.Encoder()


def _canonical(value: bytes | None) -> Event | None:
    """The event in bytes that are exactly what `encode` there writes, which nearly all are.

    None for all others, among them all that is wrong: they are looked into, and given a reason.
    """
    try:
        wire = _DECODER.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    half_stars = None if wire.rating is msgspec.UNSET else _half_stars(wire.rating)
    if (
        (half_stars is None) is (wire.kind == "rated")
        or not _UUID.fullmatch(wire.event_id)
        or _ENCODER.encode(wire) != value
    ):
        return None
    at_ms = _instant_ms(wire.rated_at)
    return Event(Kind[wire.kind], wire.event_id, wire.user_id, wire.movie_id, half_stars, at_ms)


def json_object(value: bytes | None) -> dict[str, Any]:
    """The value's JSON object, proven free of duplicate keys, bad text and non-JSON numbers.

    Raises:
        MalformedEvent: if it is not JSON, or not free of them.
    """
    if value is None or not value.strip():
        raise MalformedEvent(Reason.empty, repr(value))
    if len(value) > MAX_EVENT_BYTES:
        raise MalformedEvent(Reason.too_large, f"{len(value)} bytes")
    if value.count(b"{") + value.count(b"[") > MAX_BRACKETS:
        raise MalformedEvent(Reason.json, f"more than {MAX_BRACKETS} objects and arrays")
    try:
        tree = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        tree = _tree_with_strange_numbers(value)
    if not isinstance(tree, dict):
        raise MalformedEvent(Reason.json, f"not an object: {value[:80]!r}")
    # Canonical bytes without an escape cannot hide a duplicate key, a skipped byte or a NUL; all
    # others are looked into.
    if b"\\" in value or msgspec.json.encode(tree) != value:
        _checked_text(value)
    return tree


def _tree_with_strange_numbers(value: bytes) -> object:
    """Name what msgspec refuses: not JSON, or JSON but for text or a rating such as NaN."""
    tree = _checked_text(value)
    if isinstance(tree, dict) and "rating" in tree and _half_stars(tree["rating"]) is None:
        raise MalformedEvent(Reason.rating, repr(tree["rating"]))
    raise MalformedEvent(Reason.json, repr(value[:80]))


def _checked_text(value: bytes) -> object:
    """The value by the standard library, refusing text that could collapse two values into one."""
    try:
        tree = json.loads(value.decode(errors="replace"), object_pairs_hook=_unique)
    except MalformedEvent:
        raise
    except ValueError:
        raise MalformedEvent(Reason.json, repr(value[:80])) from None
    try:
        value.decode()
        json.dumps(tree, ensure_ascii=False).encode()  # a lone surrogate does not encode
    except UnicodeError:
        raise MalformedEvent(Reason.encoding, repr(value[:80])) from None
    if _NUL_ESCAPE.search(value):
        raise MalformedEvent(Reason.encoding, repr(value[:80]))
    return tree


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in pairs:
        if key in tree:
            raise MalformedEvent(Reason.dup_key, repr(key))
        tree[key] = value
    return tree


def _event(tree: dict[str, Any]) -> Event:
    if type(tree.get("v")) is not int or tree["v"] != 1:
        raise MalformedEvent(Reason.version, repr(tree.get("v")))
    for field in _REQUIRED:
        # A null time is a time out of range: the field is there.
        if field not in tree or (tree[field] is None and field != "rated_at"):
            raise MalformedEvent(Reason.missing, field)
    kind = _kind(tree["kind"])
    if (kind is Kind.rated) != ("rating" in tree) or tree.get("rating", 0) is None:
        raise MalformedEvent(Reason.missing, f"rating {tree.get('rating')!r} of a {kind.name}")
    return Event(
        kind=kind,
        event_id=_event_id(tree["event_id"]),
        user_id=_id("user_id", tree["user_id"]),
        movie_id=_id("movie_id", tree["movie_id"]),
        half_stars=_rating(tree["rating"]) if kind is Kind.rated else None,
        rated_at_ms=_instant_ms(tree["rated_at"]),
    )


def _kind(value: object) -> Kind:
    if not isinstance(value, str) or value not in Kind.__members__:
        raise MalformedEvent(Reason.type, f"kind {value!r}")
    return Kind[value]


def _event_id(value: object) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise MalformedEvent(Reason.id, f"event_id {value!r}")
    return value


def _id(field: str, value: object) -> int:
    if type(value) is not int or value > MAX_ID:
        raise MalformedEvent(Reason.type, f"{field} {value!r}")
    if value < 1:
        raise MalformedEvent(Reason.id, f"{field} {value}")
    return value


def _rating(value: object) -> int:
    half_stars = _half_stars(value)
    if half_stars is None:
        raise MalformedEvent(Reason.rating, repr(value))
    return half_stars


def _half_stars(value: object) -> int | None:
    if type(value) not in (int, float) or not 0.5 <= value <= 5 or value * 2 % 1:  # type: ignore[operator]
        return None
    return int(value * 2)  # type: ignore[operator]


def _instant_ms(value: object) -> int:
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            since_epoch = datetime.fromisoformat(value) - datetime(1970, 1, 1, tzinfo=UTC)
            return since_epoch // timedelta(milliseconds=1)
    except ValueError:
        pass
    raise MalformedEvent(Reason.ts_range, f"rated_at {value!r}")


def _check_time(rated_at_ms: int, timestamp_ms: int) -> None:
    if not EARLIEST_RATED_AT_MS <= rated_at_ms <= timestamp_ms + LATEST_AHEAD_MS:
        raise MalformedEvent(Reason.ts_range, f"rated at {rated_at_ms}, appended at {timestamp_ms}")

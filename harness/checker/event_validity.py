"""Which records are events: the agreed rules, written a second time.

One JSON object in at most 64 KiB of UTF-8, with at most 100 objects and arrays, no key twice, no
lone surrogate, no NUL and no number that is not finite; version 1; a known kind; a lower-case
UUID; ids from 1 to 2^31-1 written as integers; half-star ratings exactly where the kind is
`rated`; an instant in milliseconds between 1995 and five minutes after the record; the user id as
the key, in the partition that murmur2 gives it.
"""

import calendar
import json
import math
import re
import time
from typing import Any, NamedTuple

from harness.checker.topic_dump import Row

HEX = "0123456789abcdef"
MAX_ID = 2_147_483_647
YEAR_1995_MS = 788_918_400_000
FIVE_MINUTES_MS = 300_000


class Valid(NamedTuple):
    """What an event says."""

    kind: str
    event_id: str
    user_id: int
    movie_id: int
    half_stars: int | None
    rated_at_ms: int


class Refused(Exception):
    """No event, and why in a word."""


def event_of(row: Row, partitions: int) -> Valid | None:
    """The event in a record, or None for one that must be rejected."""
    try:
        return _event(row, partitions)
    except Refused:
        return None


def _event(row: Row, partitions: int) -> Valid:
    tree = _object(row.value or b"")
    kind, rated_at = tree.get("kind"), _milliseconds(tree.get("rated_at"))
    _must(_is_one(tree.get("v")), "version")
    _must(kind in ("rated", "retracted", "dismissed"), "kind")
    _must((kind == "rated") == ("rating" in tree), "rating where none belongs, or none")
    _must(_is_uuid(tree.get("event_id")), "event id")
    _must(_is_id(tree.get("user_id")) and _is_id(tree.get("movie_id")), "ids")
    half_stars = _half_stars(tree["rating"]) if kind == "rated" else None
    _must(YEAR_1995_MS <= rated_at <= row.timestamp_ms + FIVE_MINUTES_MS, "time")
    user = tree["user_id"]
    _must(row.key == b"%d" % user, "key")
    _must(row.partition == partition_of(b"%d" % user, partitions), "partition")
    return Valid(str(kind), tree["event_id"], user, tree["movie_id"], half_stars, rated_at)


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(what)


def _object(value: bytes) -> dict[str, Any]:
    _must(len(value) <= 65_536 and len(re.findall(rb"[\[{]", value)) <= 100, "size")
    try:
        tree = json.loads(
            value.decode("utf-8", "strict"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except ValueError:
        raise Refused("json") from None
    _must(isinstance(tree, dict), "object")
    _must(not any(_bad_text(text) for text in _texts(tree)), "text")
    return dict(tree)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _must(len({key for key, _ in pairs}) == len(pairs), "duplicate")
    return dict(pairs)


def _no_number(text: str) -> float:
    raise Refused(text)


def _finite(text: str) -> float:
    number = float(text)
    _must(math.isfinite(number), "number")
    return number


def _texts(tree: Any) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, dict):
        return [text for pair in tree.items() for part in pair for text in _texts(part)]
    if isinstance(tree, list):
        return [text for part in tree for text in _texts(part)]
    return []


def _bad_text(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _is_one(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value == 1


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str) or len(value) != 36:
        return False
    parts = value.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and set("".join(parts)) <= set(HEX)


def _half_stars(value: object) -> int:
    _must(isinstance(value, int | float) and not isinstance(value, bool), "rating")
    for half_stars in range(1, 11):
        if value == half_stars / 2:
            return half_stars
    raise Refused("rating")


def _milliseconds(value: object) -> int:
    found = isinstance(value, str) and re.fullmatch(r"([0-9T:-]{19})\.([0-9]{3})Z", value)
    if not found:
        raise Refused("instant")
    try:
        moment = time.strptime(found[1], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise Refused("instant") from None
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", moment).rjust(19, "0")
    _must(whole == found[1] and moment.tm_sec < 60, "instant")
    return calendar.timegm(moment) * 1000 + int(found[2])


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, with Kafka's seed."""
    m = 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    for at in range(0, len(data) - 3, 4):
        k = sum(data[at + byte] << 8 * byte for byte in range(4))
        k = k * m % 2**32
        k = (k ^ (k >> 24)) * m % 2**32
        h = (h * m % 2**32) ^ k
    rest = len(data) % 4
    for byte in reversed(range(rest)):
        h ^= data[len(data) - rest + byte] << 8 * byte
    if rest:
        h = h * m % 2**32
    h = (h ^ (h >> 13)) * m % 2**32
    return h ^ (h >> 15)

"""The strict parser of one line of ratings. Nothing is repaired and nothing is guessed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from contracts.event_parser import EARLIEST_RATED_AT_MS, LATEST_AHEAD_MS
from contracts.events import FIRST_VISITOR_ID, MAX_ID
from movielens.file_layouts import Layout

MAX_LINE_BYTES = 4_096
EARLIEST_S = EARLIEST_RATED_AT_MS // 1000
_CANONICAL = re.compile(r"[1-9]\d*", re.ASCII)
_STARS = re.compile(r"[0-5](?:\.[05])?", re.ASCII)
_TIME = re.compile(r"0|[1-9]\d*", re.ASCII)


CLOCK_FROM_S = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
"""A clock that says less is wrong."""


def latest_second(now_ms: int) -> int:
    """The last second that a rating may carry; a clock that is wrong is not believed."""
    return (max(now_ms, CLOCK_FROM_S * 1000) + LATEST_AHEAD_MS) // 1000


class Reason(StrEnum):
    """Why a line was rejected."""

    line_length = "line_length"
    encoding = "encoding"
    columns = "columns"
    id = "id"
    id_range = "id_range"
    rating = "rating"
    ts = "ts"
    ts_range = "ts_range"


class MalformedRow(ValueError):
    """A line that is no rating; `reason` is the bucket it is counted in."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Say the reason and, shortened, the offending value."""
        detail = detail[:80]
        super().__init__(f"{reason.value}: {detail}")
        self.reason, self.detail = reason, detail


class Row(NamedTuple):
    """A rating as a release has it."""

    user_id: int
    movie_id: int
    half_stars: int
    rated_at_s: int


@dataclass(frozen=True)
class Rejected:
    """A line that was rejected: why, and what was wrong.

    Attributes:
        part: name of the part of its file; empty if that is whole.
        line: its number in there, from 1.
    """

    part: str
    line: int
    reason: Reason
    detail: str

    @property
    def where(self) -> str:
        """Its place in its file."""
        return f"{self.part} line {self.line}".lstrip()


def parse_row(line: bytes, layout: Layout, latest_s: int) -> Row:
    """The rating in a line, its end removed.

    Args:
        line: the line.
        layout: how its file is written.
        latest_s: the last second that a rating may carry.

    Raises:
        MalformedRow: for every line that is not exactly one rating.
    """
    fields = dict(zip(layout.columns, _fields(line, layout), strict=True))
    return Row(
        _id("userId", fields["userId"], FIRST_VISITOR_ID - 1),
        _id("movieId", fields["movieId"], MAX_ID),
        _half_stars(fields["rating"]),
        _second(fields["timestamp"], latest_s),
    )


def _fields(line: bytes, layout: Layout) -> list[str]:
    if len(line) > MAX_LINE_BYTES:
        raise MalformedRow(Reason.line_length, f"more than {MAX_LINE_BYTES} bytes")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise MalformedRow(Reason.encoding, repr(line[:80])) from None
    if "\0" in text:
        raise MalformedRow(Reason.encoding, repr(text[:80]))
    fields = text.split(layout.separator)
    if len(fields) != len(layout.columns):
        what = f"{len(fields)} fields, not {len(layout.columns)}: {text[:60]!r}"
        raise MalformedRow(Reason.columns, what)
    if not any(fields):
        raise MalformedRow(Reason.columns, repr(text[:80]))
    return fields


def _id(name: str, text: str, most: int) -> int:
    if not _CANONICAL.fullmatch(text):
        raise MalformedRow(Reason.id, f"{name} {text!r}")
    if len(text) > 10 or int(text) > most:
        raise MalformedRow(Reason.id_range, f"{name} {text}")
    return int(text)


def _half_stars(text: str) -> int:
    half_stars = int(float(text) * 2) if _STARS.fullmatch(text) else 0
    if not 1 <= half_stars <= 10:
        raise MalformedRow(Reason.rating, repr(text))
    return half_stars


def _second(text: str, latest_s: int) -> int:
    if not _TIME.fullmatch(text):
        raise MalformedRow(Reason.ts, repr(text))
    second = int(text) if len(text) < 20 else latest_s + 1
    if EARLIEST_S <= second <= latest_s:
        return second
    for unit, factor in (("milliseconds", 1_000), ("microseconds", 1_000_000)):
        if EARLIEST_S <= second // factor <= latest_s:
            raise MalformedRow(Reason.ts_range, f"{text}, which looks like {unit}, not seconds")
    raise MalformedRow(Reason.ts_range, text[:40])

"""The rating event and its canonical JSON."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum

import msgspec

MAX_ID = 2**31 - 1
"""Ids are 32-bit: MLlib's ALS takes no larger ones."""
FIRST_VISITOR_ID = 1_000_000_000
"""Data sets own the user ids below; the API gives visitors random ids from here on."""

LAST_INSTANT_MS = 253_402_300_799_999
"""The end of the year 9999: later ones cannot be written."""
FRESH_MS = 60 * 60 * 1000


class Kind(IntEnum):
    """What happened. On the wire by name, in files by number."""

    rated = 0
    retracted = 1
    dismissed = 2


class Event(msgspec.Struct, frozen=True, gc=False):
    """A valid event. Ratings are integer half-stars (1 to 10), so that sums are exact."""

    kind: Kind
    event_id: str
    user_id: int
    movie_id: int
    half_stars: int | None
    rated_at_ms: int


def is_fresh(rated_at_ms: int, timestamp_ms: int) -> bool:
    """Whether a rating counts for trends: rated at most an hour before its record was appended."""
    return timestamp_ms - rated_at_ms <= FRESH_MS


def encode(event: Event) -> bytes:
    """The canonical JSON of an event."""
    return msgspec.json.encode(
        {
            "v": 1,
            "kind": event.kind.name,
            "event_id": event.event_id,
            "user_id": event.user_id,
            "movie_id": event.movie_id,
            **({} if event.half_stars is None else {"rating": event.half_stars / 2}),
            "rated_at": instant(event.rated_at_ms),
        }
    )


def instant(ms: int) -> str:
    """Epoch milliseconds as the wire's RFC 3339 instant."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

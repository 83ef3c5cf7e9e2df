"""What one replay is asked to do."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Clock(StrEnum):
    """Whose time an event carries."""

    original = "original"
    now = "now"


@dataclass(frozen=True)
class Options:
    """What one replay is asked to do.

    Attributes:
        first, until: places, as `producer.span` reads them.
        rate: rows a second; None for no limit.
        speed: the data set's own time, so many times as fast; None for no such pace.
        timeout_s: how long Kafka may be silent.
        max_rejects: rows that may be none.
        allow_empty: whether a file without ratings is fine.
    """

    path: Path
    first: str
    until: str
    limit: int | None
    rate: float | None
    speed: float | None
    clock: Clock
    timeout_s: float
    max_rejects: int
    allow_empty: bool

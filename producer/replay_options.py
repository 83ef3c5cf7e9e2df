"""What one replay is asked to do."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.process_exit import USAGE, Failure

MAX_RATE = 1_000_000
MAX_SPEED = 1_000_000_000


class Clock(StrEnum):
    """Which time an event carries."""

    original = "original"
    now = "now"


@dataclass(frozen=True)
class Options:
    """What one replay is asked to do.

    Attributes:
        first, until: row numbers, as `producer.replay_range` reads them.
        rate: rows a second; None for no limit.
        speed: factor on the data set's own pace; None if not used.
        timeout_s: give up after Kafka has been silent this long.
        max_rejects: maximum invalid rows tolerated.
        allow_empty: whether a file without ratings is accepted.
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


def pace_of(rate: str, speed: float | None) -> float | None:
    """Rows a second, None for no limit, if a replay can have this rate and this speed.

    Raises:
        Failure: naming the option and its value.
    """
    allowed = rate_of(rate)
    if speed is None:
        return allowed
    if not 0 < speed <= MAX_SPEED:
        what_to_do = f"give a factor above 0, up to {MAX_SPEED:,}"
        raise Failure(f"invalid speed {speed:g}", "--speed", what_to_do, USAGE)
    if allowed is not None:
        raise Failure("both a rate and a speed", "--rate, --speed", "give one of them", USAGE)
    return None


def rate_of(text: str) -> float | None:
    """Rows a second; None for no limit.

    Raises:
        Failure: if it is neither.
    """
    if text == "unlimited":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MAX_RATE:
        what_to_do = f"give rows a second, above 0 and up to {MAX_RATE:,}, or `unlimited`"
        raise Failure(f"invalid rate {text}", "--rate", what_to_do, USAGE)
    return rate

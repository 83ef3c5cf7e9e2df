"""The wall clock, passed in wherever the time is needed."""

import time
from datetime import UTC, datetime

EARLIEST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""Before Reelstream: a clock that says so is wrong."""


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000

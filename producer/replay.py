"""Replaying: every row in time order, each when it is due, every acknowledgement accounted for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafka_clients import Batch
from movielens.rating_blocks import Ratings
from producer.in_flight_window import Window
from producer.pace import Pace

CHUNK = 4_096
TICK_S = 0.02


@dataclass(frozen=True)
class Pacing:
    """When rows are due, and what time it is.

    Attributes:
        pace: how many rows are due.
        monotonic: the clock that it goes by, in seconds.
        sleep: waits so many seconds.
    """

    pace: Pace
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


def replay(
    batches: Iterable[Ratings],
    records: Callable[[Ratings], Batch],
    window: Window,
    tempo: Pacing,
    stopping: Callable[[], bool],
    report: Callable[[Window], None],
) -> None:
    """Send rows in their order, until they end or one fails or a stop is asked for."""
    first, began = window.sent, tempo.monotonic()
    for batch in batches:
        rest = batch
        while len(rest) and window.error is None and not stopping():
            sent, elapsed_s = window.sent - first, tempo.monotonic() - began
            due = min(CHUNK, tempo.pace(elapsed_s, sent, rest))
            if due:
                window.send(records(rest.part(0, due)))
                rest = rest.part(due, len(rest))
            else:
                tempo.sleep(TICK_S)
                window.advance(0)
            report(window)
        if len(rest):
            break
    window.finish()
    report(window)

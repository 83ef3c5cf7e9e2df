"""What one replay is asked to do, and the ratings that it is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from contracts.clock import now_ms
from contracts.edge import INTERRUPTED, Failure
from contracts.ledger import Ledger
from contracts.movielens.layouts import EmptyFile, NotMovieLens, open_release
from contracts.movielens.ordering import Ordered, in_time_order
from contracts.movielens.rows import latest_second


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


class Show(Protocol):
    """Shows people, or programs, how it goes."""

    def reading(self, done: int, total: int) -> None:
        """So many bytes of the file have been read."""

    def replaying(self, ledger: Ledger) -> None:
        """So far it is."""


@contextmanager
def opened(options: Options, show: Show, stopping: Callable[[], bool]) -> Iterator[Ordered | None]:
    """Within, the ratings in time order; None for an allowed file without any.

    Raises:
        Failure: if it was told to stop meanwhile.
        NotMovieLens: if there are none.
        TooManyRejects: if too many rows are none.
    """
    try:
        release = open_release(options.path)
    except EmptyFile:
        if not options.allow_empty:
            raise
        yield None
        return
    done, size = 0, release.ratings.member.size

    def seen(count: int) -> None:
        nonlocal done
        done += count
        show.reading(done, size)
        refuse_to_go_on(stopping)

    with in_time_order(release, latest_second(now_ms()), options.max_rejects, seen) as ratings:
        if len(ratings) == 0 and not options.allow_empty:
            what = "; ".join(filter(None, ["0 ratings", ratings.rejects.summary()]))
            raise NotMovieLens(f"{release.ratings.member.where}: {what}")
        yield ratings


def refuse_to_go_on(stopping: Callable[[], bool]) -> None:
    """End here if it is time to stop.

    Raises:
        Failure: saying that nothing was sent.
    """
    if stopping():
        raise Failure("interrupted", "producer", "nothing was sent: start it again", INTERRUPTED)

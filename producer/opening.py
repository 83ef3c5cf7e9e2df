"""The ratings that a replay is asked for, read and sorted while somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from contracts.clock import now_ms
from contracts.edge import INTERRUPTED, Failure
from contracts.ledger import Ledger
from contracts.movielens.layouts import EmptyFile, NotMovieLens, open_release
from contracts.movielens.ordering import Ordered, in_time_order
from contracts.movielens.rows import latest_second
from producer.options import Options


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
        yield ratings if len(ratings) else None


def refuse_to_go_on(stopping: Callable[[], bool]) -> None:
    """End here if it is time to stop.

    Raises:
        Failure: saying that nothing was sent.
    """
    if stopping():
        raise Failure("interrupted", "producer", "nothing was sent: start it again", INTERRUPTED)

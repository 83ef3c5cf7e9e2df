"""The ratings that a replay is asked for, read and sorted while somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from contracts.clock import now_ms
from contracts.process_exit import INTERRUPTED, Failure, warn
from contracts.replay_ledger import Ledger
from movielens.rating_rows import latest_second
from movielens.release import EmptyFile, NotMovieLens, open_release
from movielens.time_order import Ordered, in_time_order
from producer.replay_options import Options


class ProgressView(Protocol):
    """Shows people, or programs, how it goes."""

    def reading(self, done: int, total: int) -> None:
        """So many bytes of the file have been read."""

    def replaying(self, ledger: Ledger) -> None:
        """So far it is."""


@contextmanager
def opened(
    options: Options, progress: ProgressView, stopping: Callable[[], bool]
) -> Iterator[Ordered | None]:
    """Within, the ratings in time order; None for an allowed file without any.

    Raises:
        Failure: if it was told to stop meanwhile.
        NotMovieLens: if there are none.
        TooManyRejects: if too many rows are invalid.
    """
    try:
        release = open_release(options.path)
    except EmptyFile:
        if not options.allow_empty:
            raise
        yield None
        return
    for what in release.passed_over:
        warn(what)
    done, size = 0, release.ratings.size

    def seen(count: int) -> None:
        nonlocal done
        done += count
        progress.reading(done, size)
        refuse_to_go_on(stopping)

    with in_time_order(release, latest_second(now_ms()), options.max_rejects, seen) as ratings:
        if len(ratings) == 0 and not options.allow_empty:
            what = "; ".join(filter(None, ["0 ratings", ratings.rejects.summary()]))
            raise NotMovieLens(f"{release.ratings.where}: {what}")
        yield ratings if len(ratings) else None


def refuse_to_go_on(stopping: Callable[[], bool]) -> None:
    """Raise if a stop was requested.

    Raises:
        Failure: saying that nothing was sent.
    """
    if stopping():
        raise Failure("interrupted", "producer", "nothing was sent: start it again", INTERRUPTED)

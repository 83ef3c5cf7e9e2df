"""`streaming rebuild`: have all buckets in Redis written again from the event log."""

import time
from collections.abc import Callable
from pathlib import Path

import event_log
from contracts.next_offsets import NextOffsets, reached
from contracts.process_exit import FAILED, Failure
from event_log import Storage
from redis_store.trends import TrendStore
from streaming.bucket_counts import Genres
from streaming.buckets_from_log import buckets_of_log
from streaming.checkpoint_files import TRENDS, committed, planned_end
from streaming.checkpoint_lock import CheckpointHeld, held
from streaming.errors import BadCheckpoint
from streaming.set_checkpoint_aside import is_empty

REBUILT_WITHIN_S = 120
LOOK_EVERY_S = 0.2


class NotRebuilt(Failure):
    """The running job has not rewritten the buckets in time."""

    where = "streaming rebuild"
    what_to_do = "see the log of streaming"
    code = FAILED


def rebuilt(
    root: Path,
    log: Storage,
    store: TrendStore,
    genres: Genres,
    now_s: int,
    sleep: Callable[[float], None],
) -> tuple[int, int]:
    """Have all buckets written again; how many there are, and of how many records: none of nothing.

    Raises:
        NotRebuilt: if the job that runs does not do it.
        BadCheckpoint: if it cannot be told how far the trends are.
        BrokenLog: if the event log does not reach so far.
    """
    if is_empty(root, log):
        return 0, 0
    upto = _as_far_as_it_goes(root / TRENDS, log)
    buckets = buckets_of_log(log, upto, genres, now_s)
    try:
        with held(root):
            store.write(buckets)
            store.mark_reflected(upto)
    except CheckpointHeld:
        _have_it_done(store, upto, sleep)
    return len(buckets), sum(upto.values())


def _as_far_as_it_goes(folder: Path, log: Storage) -> dict[int, int]:
    """The end of the last planned batch, which is run again, or of the last committed one."""
    mark, planned = committed(folder), planned_end(folder)
    if planned and reached(event_log.ends(log), planned):
        return planned
    if mark is None:
        raise BadCheckpoint(f"{folder} has no committed batch")
    return mark.end


def _have_it_done(store: TrendStore, upto: NextOffsets, sleep: Callable[[float], None]) -> None:
    """Make the running job see that the store has lost something, and wait."""
    store.forget_reflected()
    deadline = time.monotonic() + REBUILT_WITHIN_S
    while not reached(store.reflected(), upto):
        if time.monotonic() > deadline:
            raise NotRebuilt(f"no buckets appeared in Redis within {REBUILT_WITHIN_S} s")
        sleep(LOOK_EVERY_S)

"""What an operator decides: to give a checkpoint up, or to have Redis written again."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from contracts import eventlog
from contracts.eventlog import Place
from contracts.store.trends import TrendStore
from contracts.topics import NextOffsets, reached
from streaming import checkpoint
from streaming.buckets import Genres
from streaming.checkpoint import LOG, TRENDS, BadCheckpoint, CheckpointHeld, SideFile, held
from streaming.rebuild import buckets_of_log, first_of_day

REBUILT_WITHIN_S = 120
LOOK_EVERY_S = 0.2


class NotRebuilt(RuntimeError):
    """The running job has not written the buckets again in time."""


def set_aside(root: Path, event_log: Place, store: TrendStore, schema: str, now_ms: int) -> Path:
    """Begin a new checkpoint at the event log's end; where the old one is now.

    Trends begin where today began, so that no bucket is counted in two places; older ones are
    written from the event log, since the store is told to forget what it reflects.

    Raises:
        CheckpointHeld: if a job runs on it.
        BrokenLog: if the event log does not hold together.
    """
    with held(root):
        ends = eventlog.ends(event_log)
        begin = {LOG: ends, TRENDS: first_of_day(event_log, ends, now_ms)}
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = root.with_name(f"{root.name}-given-up-{stamp}")
        aside.mkdir()
        for path in root.iterdir():
            if path.name != checkpoint.LOCK:
                path.rename(aside / path.name)
        identity = eventlog.identity_of(event_log)
        checkpoint.write(root, SideFile(identity, schema, begin if any(ends.values()) else {}))
        store.forget_reflected()
        return aside


def rebuilt(
    root: Path,
    event_log: Place,
    store: TrendStore,
    genres: Genres,
    now_s: int,
    sleep: Callable[[float], None],
) -> tuple[int, int]:
    """Have all buckets written again; how many there are, and of how many records.

    Raises:
        NotRebuilt: if the job that runs does not do it.
        BadCheckpoint: if it cannot be told how far the trends are.
        BrokenLog: if the event log does not reach so far.
    """
    upto = _as_far_as_it_goes(root / TRENDS, event_log)
    buckets = buckets_of_log(event_log, upto, genres, now_s)
    try:
        with held(root):
            store.write(buckets)
            store.mark_reflected(upto)
    except CheckpointHeld:
        _have_it_done(store, upto, sleep)
    return len(buckets), sum(upto.values())


def _as_far_as_it_goes(folder: Path, event_log: Place) -> dict[int, int]:
    """The end of the last planned batch, which is run again, or of the last committed one."""
    mark, planned = checkpoint.committed(folder), checkpoint.planned_end(folder)
    if planned and reached(eventlog.ends(event_log), planned):
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
            raise NotRebuilt(f"no buckets in Redis within {REBUILT_WITHIN_S} s")
        sleep(LOOK_EVERY_S)

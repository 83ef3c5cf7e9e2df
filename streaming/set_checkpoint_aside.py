"""`streaming start-over`: give a checkpoint up and begin a new one where the event log ends."""

from datetime import UTC, datetime
from pathlib import Path

import event_log
from contracts.process_exit import USAGE, Failure
from event_log import Storage
from redis_store.trends import TrendStore
from streaming import checkpoint_guard
from streaming.buckets_from_log import first_of_day
from streaming.checkpoint_files import LOG, TRENDS
from streaming.checkpoint_guard import SideFile
from streaming.checkpoint_lock import LOCK, held


class NothingToGiveUp(Failure):
    """Neither a checkpoint nor a record of the event log."""

    where = "streaming"
    what_to_do = "nothing to do: the next start begins from scratch"
    code = USAGE


def is_empty(root: Path, log: Storage) -> bool:
    """Whether there is neither a checkpoint nor a record of the event log."""
    return not checkpoint_guard.is_there(root) and not any(event_log.ends(log).values())


def set_aside(root: Path, log: Storage, schema: str, now_ms: int) -> Path:
    """Begin a new checkpoint at the event log's end; where the old one is now.

    Trends begin where today began, so that no bucket is counted in two places; older ones are
    written from the event log, since the next job forgets what the store reflects. Neither Kafka
    nor Redis is needed.

    Raises:
        NothingToGiveUp: if there is nothing.
        CheckpointHeld: if a job runs on it.
        NoLog, BrokenLog: if the event log is not there, or does not hold together.
    """
    if is_empty(root, log):
        raise NothingToGiveUp(f"there is no checkpoint in {root}")
    identity = event_log.identity_of(log)
    with held(root):
        ends = event_log.ends(log)
        begin = {LOG: ends, TRENDS: first_of_day(log, ends, now_ms)}
        stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = root.with_name(f"{root.name}-given-up-{stamp}")
        aside.mkdir()
        for path in root.iterdir():
            if path.name != LOCK:
                path.rename(aside / path.name)
        begin = begin if any(ends.values()) else {}
        checkpoint_guard.write(root, SideFile(identity, schema, begin, anew=True))
        return aside


def reflected(root: Path, store: TrendStore) -> dict[int, int]:
    """The next-offsets that the buckets reflect; none if a checkpoint starts over.

    Raises:
        BadCheckpoint: if its side file is damaged.
    """
    if checkpoint_guard.begins_anew(root):
        store.forget_reflected()
    return store.reflected()

"""The operator's command to rebuild everything that the speed layer keeps."""

from collections.abc import Callable

from contracts.next_offsets import NextOffsets, reached
from contracts.process_exit import FAILED, Failure
from redis_store.speed import SpeedStore

STANDS_AT_MOST_S = 60.0
"""A worker that was killed is there again, and holds its partitions, well before that."""
LOOK_EVERY_S = 0.2


class NotReloaded(Failure):
    """No worker reloads what was forgotten; says how far they are."""

    where = "speed rebuild"
    what_to_do = "start `reelstream speed run`, which continues it"
    code = FAILED


def rebuilt(
    store: SpeedStore,
    ends: NextOffsets,
    report: Callable[[int], None],
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Have the workers load every partition from the event log, and wait for them.

    A position that is not there is what makes a worker do so: there is no other way of recovery.

    Args:
        store: what is to be made again.
        ends: the topic's next-offsets, to wait for.
        report: hears how many records have been applied.
        monotonic: seconds.
        sleep: for so many seconds.

    Raises:
        NotReloaded: if nothing has been applied for a minute.
    """
    for partition in ends:
        store.forget_position(partition)
    best, moved_at = 0, monotonic()
    while not reached(at := {p: store.position(p).next_offset for p in ends}, ends):
        done = sum(at.values())
        if done > best:
            best, moved_at = done, monotonic()
        if monotonic() - moved_at > STANDS_AT_MOST_S:
            records = sum(ends.values())
            raise NotReloaded(f"{done} of {records} records have been applied, and no more follow")
        report(done)
        sleep(LOOK_EVERY_S)

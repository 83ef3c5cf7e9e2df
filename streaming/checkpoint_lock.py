"""One job at a time on a checkpoint: the lock, and the Java of whoever had it before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import psutil

from contracts.file_locks import alone
from contracts.process_exit import BUSY, Failure

JAVA_ENDS_WITHIN_S = 5.0
LOCK = "lock"


class CheckpointHeld(Failure):
    """Another streaming job runs on the checkpoint."""

    where = "streaming"
    what_to_do = "stop that one first"
    code = BUSY


@contextmanager
def held(root: Path) -> Iterator[Callable[[int], None]]:
    """Within, the checkpoint is ours alone; the function that it gives takes our Java's process.

    A job that is killed leaves its lock at once and its Java for seconds, which goes on writing.

    Raises:
        CheckpointHeld: if another job has it, or the Java of one that has ended.
    """
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(alone(root / LOCK))
        except BlockingIOError:
            raise CheckpointHeld(f"{root} is in use by another streaming job") from None
        _await_java(root, lock)
        yield lambda pid: _note_java(lock, pid)


def _note_java(lock: TextIO, pid: int) -> None:
    lock.truncate(0)
    lock.write(f"{pid} {psutil.Process(pid).create_time()}\n")
    lock.flush()


def _await_java(root: Path, lock: TextIO) -> None:
    lock.seek(0)
    pid, _, started = lock.read().strip().partition(" ")
    try:
        java = psutil.Process(int(pid or -1))
        if str(java.create_time()) == started:  # else the number is another's by now
            java.wait(JAVA_ENDS_WITHIN_S)
    except psutil.TimeoutExpired:
        what = f"{root} is in use by the Java process {pid} of a job that has ended"
        raise CheckpointHeld(what) from None
    except (psutil.NoSuchProcess, ValueError):
        return

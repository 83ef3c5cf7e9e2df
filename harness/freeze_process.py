"""Freezes processes, and waits until they stand still."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from harness.eventually import eventually

FROZEN_WITHIN_S = 10


def freeze(process: psutil.Process) -> None:
    """Have a process stand still; on a busy machine a thread of it goes on for a moment."""
    process.suspend()
    eventually(
        lambda: _threads(process.pid) <= {"T"},
        FROZEN_WITHIN_S,
        f"{process} stands still",
        excused=OSError,
    )


def _threads(pid: int) -> set[str]:
    """The states of a process's threads, as `proc(5)` names them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/stat")
    return {task.read_text().rpartition(") ")[2][0] for task in tasks}


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """Within, a process stands still."""
    freeze(process)
    try:
        yield
    finally:
        process.resume()

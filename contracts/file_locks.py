"""Locks on files, which the death of their holder frees."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def alone(path: Path) -> Iterator[TextIO]:
    """Within, the lock at this path is ours, and its file open for a note; death frees it.

    Raises:
        BlockingIOError: if another process has it.
    """
    with path.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Within, the lock at this path is ours; who comes later waits; death frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

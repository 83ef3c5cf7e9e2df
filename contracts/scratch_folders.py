"""Folders for temporary files: gone afterwards, even after a kill."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "reelstream-"
LOCK = "lock"


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """Within, a folder of our own; what was left by a process that was killed goes first.

    Args:
        parent: where it is made, itself gone afterwards if nothing is left in it; the system's
            temporary folder if not given.
    """
    if parent is None:
        with _in(Path(tempfile.gettempdir())) as folder:
            yield folder
        return
    parent.mkdir(parents=True, exist_ok=True)
    try:
        with _in(parent) as folder:
            yield folder
    finally:
        with suppress(OSError):  # others are at work there
            parent.rmdir()


@contextmanager
def _in(parent: Path) -> Iterator[Path]:
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or being swept by another just now
            _sweep(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "locking").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "locking").rename(folder / LOCK)  # seen only once it is held
            yield folder


def _sweep(folder: Path) -> None:
    """Remove a folder whose process is gone: nobody holds its lock."""
    with (folder / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)

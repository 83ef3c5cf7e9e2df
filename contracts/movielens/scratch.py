"""A folder for what does not fit the memory: gone afterwards, even after a kill."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "reelstream-sort-"
LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """Within, a folder of our own; what was left by a process that was killed goes first."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or being swept by another just now
            _sweep(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
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

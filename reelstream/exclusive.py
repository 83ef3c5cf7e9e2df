"""One run at a time in a folder, which begins empty."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.edge import DAMAGED, USAGE, Failure

LOCK = "reelstream.lock"
KEPT = {LOCK, "ports.json"}


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Within, the folder is ours alone; what an earlier run left in it is gone.

    Raises:
        Failure: if another run holds it, or it is a folder that no run made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / LOCK).exists():
        what = f"{folder} holds files that no demo made"
        raise Failure(what, "REELSTREAM_STATE", "give another folder", USAGE)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            what = "another demo is running"
            raise Failure(what, str(folder), "end it, or set REELSTREAM_STATE", DAMAGED) from None
        _empty(folder)
        yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in KEPT:
            path.unlink()

"""Which data the demo replays: what was given, else a cached download."""

import subprocess
import sys
from pathlib import Path

from contracts.movielens.layouts import open_release


def find(given: Path | None) -> Path:
    """The given release, or ml-latest-small, fetched by the producer if it is not cached.

    Raises:
        NoData, NotMovieLens, Damaged: if the given path holds none.
        SystemExit: if the producer cannot fetch any; it has said why and what to do.
    """
    if given is not None:
        open_release(given)
        return given.resolve()
    command = [sys.executable, "-m", "reelstream", "producer", "fetch"]
    fetched = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if fetched.returncode:
        raise SystemExit(fetched.returncode)
    return Path(fetched.stdout.strip())

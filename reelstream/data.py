"""Which data the demo replays: what was given, else a cached download."""

import subprocess
import sys
from pathlib import Path

from contracts.edge import UNREACHABLE, Failure


def find(given: Path | None) -> Path:
    """The given folder, or ml-latest-small, fetched by the producer if it is not cached.

    Raises:
        Failure: if there is no data to be had, with what to do.
    """
    if given is not None:
        if not (given / "ratings.csv").is_file():
            what = f"{given} holds no ratings.csv"
            raise Failure(what, "--data, REELSTREAM_DATA", "give a MovieLens folder", UNREACHABLE)
        return given.resolve()
    command = [sys.executable, "-m", "producer", "fetch"]
    fetched = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if fetched.returncode:
        raise SystemExit(fetched.returncode)  # the producer has said why and what to do
    return Path(fetched.stdout.strip())

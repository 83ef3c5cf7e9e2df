"""Which data the demo replays: what was given, else a cached download."""

import subprocess
import sys
from pathlib import Path

from contracts.process_exit import warn
from movielens.release import open_release
from movielens.release_metadata import read_metadata

SIZE = ("--users", "600", "--movies", "3000", "--ratings", "100000")


def find(given: Path | None) -> Path:
    """The given release, or ml-latest-small, fetched by the producer if it is not cached.

    What of the given one cannot be used is warned of.

    Raises:
        NoData, NotMovieLens, Damaged: if the given path holds none.
        SystemExit: if the producer cannot fetch any; it has said why and what to do.
    """
    if given is not None:
        for what in read_metadata(open_release(given)).warnings():
            warn(what)
        return given.resolve()
    return _by_producer("fetch")


def generated(folder: Path) -> Path:
    """A data set about as large as ml-latest-small, made in this folder by the producer.

    Raises:
        SystemExit: if the producer cannot make it; it has said why.
    """
    return _by_producer("generate", str(folder), *SIZE)


def _by_producer(*words: str) -> Path:
    """The path that a command of the producer's prints."""
    command = [sys.executable, "-m", "reelstream", "producer", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return Path(done.stdout.strip())

"""The logs of the processes that a run looks after."""

import sys
import time
from pathlib import Path
from typing import BinaryIO

from contracts.process_exit import USAGE, Failure, until_stopped
from contracts.run_record import COMMANDS
from contracts.settings import from_environment

LOOK_EVERY_S = 0.2


def show(process: str, lines: int, follow: bool) -> None:
    """Print the last lines of a process's log, and what is added to it until told to stop.

    Raises:
        Failure: if there is none; names those that are.
    """
    path = _log(from_environment().state, process)
    with path.open("rb") as log:
        said = log.read().decode(errors="replace").splitlines()[-lines:]
        if not said:
            sys.stderr.write(f"{path} is empty: {process} has logged nothing yet\n")
        sys.stdout.write("".join(f"{line}\n" for line in said))
        sys.stdout.flush()
        if follow:
            _follow(log)


def _follow(log: BinaryIO) -> None:
    with until_stopped() as stopping:
        while not stopping():
            sys.stdout.write(log.read().decode(errors="replace"))
            sys.stdout.flush()
            time.sleep(LOOK_EVERY_S)


def _log(state: Path, process: str) -> Path:
    """The log of a process of the current run, else of the last one.

    Raises:
        Failure: if there is none; names those that are.
    """
    found = [log for command in COMMANDS for log in (state / command / "logs").glob("*.log")]
    newest = max(found, key=lambda log: log.stat().st_mtime_ns, default=None)
    if newest is None:
        what, to_do = "there are no logs", "start it with `reelstream up` or `reelstream demo`"
        raise Failure(what, str(state), to_do, USAGE)
    log = newest.with_name(f"{process}.log")
    if log not in found:
        known = ", ".join(sorted(one.stem for one in found if one.parent == newest.parent))
        raise Failure(
            f"{process!r} has no log", str(newest.parent), f"choose one of {known}", USAGE
        )
    return log

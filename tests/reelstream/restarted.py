"""Sub-commands of `reelstream` that are started again whenever they have ended, and what else a
run needs in which processes are killed."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from contracts.edge import DAMAGED, FOREIGN, REFUSED, REJECTED, USAGE
from reelstream.leash import leashed
from reelstream.supervisor import Child, Supervisor
from tests.reelstream.commands import reelstream

LASTING = (USAGE, REJECTED, FOREIGN, DAMAGED, REFUSED)
"""Exit codes that no kill may lead to: another start would not help."""
BACK_WITHIN_S = 120
LOOK_EVERY_S = 0.05
AGAIN = 0.05
"""Of the live ratings, the share that is sent once more."""


class NotBack(RuntimeError):
    """A process that did not go on; says after what, with its last lines."""


@dataclass
class Restarted:
    """`reelstream …`, started again at once when it has ended, in a session of its own."""

    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    ended: "Counter[int]" = field(default_factory=Counter)
    """How often it has ended by itself, by exit code."""

    def start(self) -> None:
        """Start it, so that its group holds it and what it starts."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                leashed(reelstream(*self.words)),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def check(self) -> None:
        """Start it again if it has ended.

        Raises:
            NotBack: if another start would not help.
        """
        code = self.process.poll()
        if code in LASTING:
            raise NotBack(f"{self.words} ended with {code}: {self.last_lines()}")
        if code is not None:
            self.ended[code] += code != -signal.SIGKILL
            self.start()

    def last_lines(self) -> str:
        """Of its log."""
        return self.log.read_text(errors="replace")[-1500:]

    def family(self, name: str) -> list[psutil.Process]:
        """Those that it has started whose name or command says so."""
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.process.pid).children(recursive=True)
            return [one for one in below if _is(one, name)]
        return []

    def kill(self) -> None:
        """Kill it and its group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and its group, for good."""
        self.kill()
        self.process.wait()


def until(
    condition: Callable[[], bool], what: str, supervisor: Supervisor, *restarted: Restarted
) -> None:
    """Ask until it holds, and start again meanwhile what has ended.

    Raises:
        NotBack: if it does not in time.
    """
    deadline = time.monotonic() + BACK_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            words = "\n".join(one.last_lines() for one in restarted)
            raise NotBack(f"not {what} within {BACK_WITHIN_S} s: {words}")
        time.sleep(LOOK_EVERY_S)
        supervisor.check()
        for one in restarted:
            one.check()


def trickle(
    supervisor: Supervisor,
    folder: Path,
    environment: Mapping[str, str],
    data: Path,
    per_s: float,
    percent: int = 0,
) -> None:
    """Live ratings from so many percent of a release on, and the first of them again, by their ids.

    They are the children `live` and `again`, which go on where they were when they are killed.
    """
    for name, rate, last in (("live", per_s, 100), ("again", per_s * AGAIN, percent + 5)):
        pace = ["--clock", "now", "--rate", str(rate)]
        pace += ["--from", f"{percent}%", "--until", f"{last}%"]
        ledger = str(folder / f"{name}.ledger")
        command = reelstream("producer", "replay", str(data), *pace, "--resume", "--ledger", ledger)
        supervisor.start(Child(name, command, environment, once=True))


def _is(process: psutil.Process, name: str) -> bool:
    try:
        return bool(name in process.name() or name in process.cmdline())
    except psutil.NoSuchProcess:
        return False

"""Processes that are started again whenever they have ended."""

import os
import shlex
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from contracts.process_exit import DAMAGED, FOREIGN, REFUSED, REJECTED, USAGE
from harness.eventually import TooLate, eventually
from harness.freeze_process import frozen
from reelstream.die_with_parent import dying_with_parent
from reelstream.supervisor import Supervisor

LASTING = (USAGE, REJECTED, FOREIGN, DAMAGED, REFUSED)
"""Exit codes that no kill may lead to: another start would not help."""
BACK_WITHIN_S = 120
LOOK_EVERY_S = 0.05


class NotBack(RuntimeError):
    """A process that did not go on; says after what, with its last lines."""


@dataclass
class Restarted:
    """A command, started again at once when it has ended, in a session of its own."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)
    ended: "Counter[int]" = field(default_factory=Counter)
    """How often it has ended by itself, by exit code."""

    def start(self) -> None:
        """Start it, so that its group holds it and what it starts."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                dying_with_parent([*self.command]),
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
            raise NotBack(f"{shlex.join(self.command)} ended with {code}: {self.last_lines()}")
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

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within, it stands still; what it has started does not."""
        with frozen(psutil.Process(self.process.pid)):
            yield

    def end(self) -> None:
        """Kill it and its group, for good."""
        self.kill()
        self.process.wait()

    @contextmanager
    def begun(self) -> Iterator[Self]:
        """Within, it runs."""
        self.start()
        try:
            yield self
        finally:
            self.end()


def until(
    condition: Callable[[], bool],
    what: str,
    *watched: Supervisor | Restarted,
    within_s: float = BACK_WITHIN_S,
    every_s: float = LOOK_EVERY_S,
) -> None:
    """Ask until it holds, and start again meanwhile what has ended.

    Raises:
        NotBack: if it does not in time.
    """

    def holds() -> bool:
        if condition():
            return True
        for one in watched:
            one.check()
        return False

    def words() -> str:
        return "\n".join(one.last_lines() for one in watched if isinstance(one, Restarted))

    try:
        eventually(holds, within_s, what, every_s, told=words)
    except TooLate as late:
        raise NotBack(str(late)) from late


def _is(process: psutil.Process, name: str) -> bool:
    try:
        return bool(name in process.name() or name in process.cmdline())
    except psutil.NoSuchProcess:
        return False

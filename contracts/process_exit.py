"""The entry point of every process: stop signals, and failures as one line with an exit code.

Exit codes: 0 done; 2 usage or settings; 3 input rejected; 4 Kafka or Redis unreachable, or nothing
to download from; 5 another data set's or topic's state; 6 damaged files, or an unusable ledger; 7
another run holds the folder; 20 a process failed; 21 a checkpoint that must not be used; 22 disk
full; 130 interrupted.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

USAGE = 2
REJECTED = 3
UNREACHABLE = 4
FOREIGN = 5
DAMAGED = 6
BUSY = 7
FAILED = 20
REFUSED = 21
DISK_FULL = 22
INTERRUPTED = 130


class Failure(Exception):
    """An error that a person can do something about.

    A subclass says where to look, what to do and the exit code; a failure without a class of its
    own is given them.
    """

    where: str
    what_to_do: str
    code: int

    def __init__(
        self,
        what: str,
        where: str | None = None,
        what_to_do: str | None = None,
        code: int | None = None,
    ) -> None:
        """Say what happened, and what the class does not say."""
        super().__init__(what)
        self.what = what
        self.where = self.where if where is None else where
        self.what_to_do = self.what_to_do if what_to_do is None else what_to_do
        self.code = self.code if code is None else code

    @property
    def line(self) -> str:
        """What, where and what to do, in a line."""
        return one_line(f"{self.what} ({self.where}): {self.what_to_do}")


def one_line(text: str) -> str:
    """A text without line ends and other characters that move a terminal's cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def warn(what: str) -> None:
    """Print a warning."""
    sys.stderr.write(one_line(f"warning: {what}") + "\n")


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Within, these signals no longer end the process but make the yielded function true.

    Ctrl-C once more ends it at once.
    """
    stopped: list[int] = []

    def heed(number: int, _: object) -> None:
        if number == signal.SIGINT in stopped:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        stopped.append(number)

    before = {s: signal.signal(s, heed) for s in _heeded()}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Within, SIGTERM ends the process well, wherever it is: for what no crash can harm."""

    def end(number: int, _: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _heeded() -> list[signal.Signals]:
    """Ctrl-C, kill, and the terminal's end; the last unless nohup had it ignored."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *hang_up]

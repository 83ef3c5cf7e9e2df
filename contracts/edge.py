"""The edge of every process: stop signals, and failures as one line with an exit code.

Exit codes: 0 done; 2 usage or settings; 3 input rejected; 4 Kafka or Redis unreachable, or nothing
to download from; 5 another data set's or topic's state; 6 damaged files; 7 another run holds the
folder; 20 a process failed; 22 disk full; 130 interrupted.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

USAGE = 2
REJECTED = 3
UNREACHABLE = 4
FOREIGN = 5
DAMAGED = 6
BUSY = 7
FAILED = 20
DISK_FULL = 22
INTERRUPTED = 130


class Failure(RuntimeError):
    """A mistake or mishap that a person can do something about."""

    def __init__(self, what: str, where: str, what_to_do: str, code: int) -> None:
        """Say what happened, where, what to do, and the exit code."""
        super().__init__(f"error: {what} ({where}): {what_to_do}")
        self.code = code


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Within, these signals no longer end the process but make the yielded function true."""
    stopped: list[int] = []
    before = {s: signal.signal(s, lambda number, _: stopped.append(number)) for s in _heeded()}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded() -> list[signal.Signals]:
    """Ctrl-C, kill, and the terminal's end; the last unless nohup had it ignored."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, signal.SIGINT, *hang_up]

"""The edge of every process: stop signals, and failures as one line with an exit code.

Exit codes: 0 done; 2 usage or settings; 3 input rejected; 4 Kafka or Redis unreachable, or nothing
to download from; 5 another data set's or topic's state; 6 damaged files; 20 a process failed;
130 interrupted.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

USAGE = 2
REJECTED = 3
UNREACHABLE = 4
FOREIGN = 5
DAMAGED = 6
FAILED = 20
INTERRUPTED = 130


class Failure(RuntimeError):
    """A mistake or mishap that a person can do something about."""

    def __init__(self, what: str, where: str, what_to_do: str, code: int) -> None:
        """Say what happened, where, what to do, and the exit code."""
        super().__init__(f"error: {what} ({where}): {what_to_do}")
        self.code = code


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Within, SIGTERM and SIGINT no longer end the process but make the yielded function true."""
    stopped: list[int] = []
    signals = (signal.SIGTERM, signal.SIGINT)
    before = {s: signal.signal(s, lambda number, _: stopped.append(number)) for s in signals}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Runs a program into a log that is read as it grows; nothing of it outlives an interruption."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reelstream.leash import leashed

TICK_S = 0.1
ENDS_WITHIN_S = 5.0

Heed = Callable[[list[str]], None]
"""Called ten times a second with the lines that have come since; may raise to end the program."""


class Interrupted(Exception):
    """Someone pressed Ctrl-C or asked the process to end."""


class Lines:
    """The whole lines that a growing file has got since they were last asked for."""

    def __init__(self, path: Path) -> None:
        """Begin at its present end."""
        self._file = path.open("rb")
        self._file.seek(0, os.SEEK_END)
        self._rest = b""

    def new(self) -> list[str]:
        """Lines that are complete by now."""
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return [line.decode(errors="replace").rstrip("\r") for line in whole]

    def last(self) -> list[str]:
        """Likewise when nobody writes any more."""
        lines = [*self.new(), self._rest.decode(errors="replace")]
        self._file.close()
        return lines


def run(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    stopping: Callable[[], bool],
    heed: Heed,
) -> tuple[int, list[str]]:
    """The program's exit code and all its lines, which are kept at the end of the log.

    Raises:
        Interrupted: if asked to stop meanwhile; the program and its children are gone then.
    """
    with log.open("ab") as out:
        lines, said = Lines(log), list[str]()
        process = subprocess.Popen(
            leashed(list(command)),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                if stopping():
                    raise Interrupted
                new = lines.new()
                said += new
                heed(new)
                time.sleep(TICK_S)
        finally:
            _end(process)
        return process.returncode, said + lines.last()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program, which may put things in order, and then whatever it has started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDS_WITHIN_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

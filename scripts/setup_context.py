"""Where a set-up runs: its folders, its programs and their log, and what it says meanwhile."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from reelstream.die_with_parent import dying_with_parent
from scripts import machine_checks

TICK_S = 0.1
ENDS_WITHIN_S = 5.0
SPEAKS_EVERY_S = 10.0


class Interrupted(Exception):
    """Someone pressed Ctrl-C or asked the process to end."""


class ProgressLine:
    """The present step and its seconds: rewritten on a terminal, elsewhere printed now and then."""

    def __init__(self, out: TextIO, rewrites: bool) -> None:
        """Show it on a stream; `rewrites` if that is a terminal that can go back."""
        self._out, self._rewrites = out, rewrites
        self._title = ""
        self._began = self._spoke = time.monotonic()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._out.write(f"{self._back}{text}\n")
        self._out.flush()
        self._spoke = time.monotonic()

    def begin(self, title: str) -> None:
        """A step begins."""
        self._title, self._began = title, time.monotonic()
        self.tick()

    def tick(self) -> None:
        """It goes on; elsewhere than on a terminal that is said after 10 seconds without a line."""
        text = f"{self._title}: {time.monotonic() - self._began:.0f} s"
        if self._rewrites:
            self._out.write(self._back + text[: shutil.get_terminal_size().columns - 1])
            self._out.flush()
        elif time.monotonic() - self._spoke >= SPEAKS_EVERY_S:
            self.say(text)

    def done(self) -> None:
        """It is done."""
        self.say(f"{self._title}: done, {time.monotonic() - self._began:.0f} s")

    @property
    def _back(self) -> str:
        return "\r\x1b[K" if self._rewrites else ""


@dataclass(frozen=True)
class SetupContext:
    """Where and how this set-up runs."""

    project: Path
    environment: Mapping[str, str]
    stopping: Callable[[], bool]
    line: ProgressLine
    log_name: str = "setup.log"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.project / ".venv"

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.venv / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where it has its packages; they are those of the Python that runs this."""
        version = "python{}.{}".format(*sys.version_info)
        return self.venv / "lib" / version / "site-packages"

    @property
    def jars(self) -> Path:
        """Where `reelstream jars` keeps what it downloads."""
        return machine_checks.cache(self.environment) / "reelstream" / "jars"

    @property
    def log(self) -> Path:
        """Everything that pip and the others say."""
        return self.venv / self.log_name

    @property
    def scratch(self) -> Path:
        """For pip's downloads and builds: /tmp may be in memory, and too small."""
        return self.venv / "tmp"

    def beside(self, log_name: str) -> "SetupContext":
        """The same for a step beside others: with a log of its own, and without a line."""
        return replace(self, log_name=log_name, line=ProgressLine(io.StringIO(), rewrites=False))

    def tick(self) -> None:
        """A moment of waiting goes by."""
        self.line.tick()
        time.sleep(TICK_S)

    def run(self, *command: str | Path) -> tuple[int, list[str]]:
        """A program's exit code and lines, which are kept at the end of the log.

        Raises:
            Interrupted: if asked to stop meanwhile; the program and its children are gone then.
        """
        with self.log.open("ab") as out:
            begin = out.tell()
            process = subprocess.Popen(
                dying_with_parent([str(word) for word in command]),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**self.environment, "TMPDIR": str(self.scratch)},
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    if self.stopping():
                        raise Interrupted
                    self.tick()
            finally:
                _end(process)
        said = self.log.read_bytes()[begin:].decode(errors="replace")
        return process.returncode, said.splitlines()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program, which may put things in order, and then whatever it has started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDS_WITHIN_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

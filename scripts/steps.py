"""The steps of a set-up, each a program that is watched while it runs."""

import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from contracts.edge import FAILED, Failure
from scripts import machine, missing, pip_says, running
from scripts.here import Here
from scripts.missing import Pin, megabytes

RETRIES, TIMEOUT_S = 3, 20
"""For pip, unless its own settings say otherwise; its defaults take minutes to give up."""
PATIENCE_S = 60.0
"""So long may nothing come from the package index, however often pip would still try."""


def make_venv(here: Here, title: str) -> None:
    """A new virtual environment in the place of one that is broken or none."""
    shutil.rmtree(here.venv)
    here.scratch.mkdir(parents=True)
    command = [sys.executable, "-m", "venv", here.venv]
    code, lines = here.run(command, ticking(here, title))
    if code:
        what = f"no virtual environment could be made: {pip_says.complaint(lines)}"
        raise Failure(what, str(here.log), "see there what happened", FAILED)


def installer(pins: Sequence[Pin], no_wheel: Failure | None) -> Callable[[Here, str], None]:
    """A step that installs packages; only wheels if there is something to say about having none."""
    options = ["--no-deps", "--require-hashes", *(["--only-binary", ":all:"] if no_wheel else [])]

    def install(here: Here, title: str) -> None:
        for record in missing.half_installed(here.site_packages):
            shutil.rmtree(record)
        settings, patience_s = network_settings(here)
        watch = Watch(here, title, len(pins), megabytes(pins), patience_s)
        for piece in missing.pieces(pins):
            lock = here.scratch / "piece.lock"
            lock.write_text("".join(pin.lines for pin in piece))
            code, lines = here.run(pip(here, *settings, *options, "-r", str(lock)), watch)
            if code and no_wheel and pip_says.has_no_wheel(lines):
                raise no_wheel
            if code:
                raise pip_says.failure(lines, here.log)

    return install


def install_reelstream(here: Here, title: str) -> None:
    """Reelstream itself, from its own folder."""
    settings, _ = network_settings(here)
    command = pip(here, *settings, "--no-deps", "--editable", ".")
    code, lines = here.run(command, ticking(here, title))
    if code:
        raise pip_says.failure(lines, here.log)


def fetch_jars(here: Here, title: str) -> None:
    """The jars, by Reelstream itself."""
    code, lines = here.run(
        [here.python, "-m", "reelstream", "jars"],
        ticking(here, title, lambda: f"{arrived_mb(here.jars):.0f} of {missing.JARS_MB} MB, "),
    )
    if code:
        said = [
            match for line in lines if (match := re.match(r"error: (.*) \((.*?)\): (.*)", line))
        ]
        what = f"the jars could not be fetched: {pip_says.complaint(lines)}"
        if said:
            raise Failure(said[-1][1], said[-1][2], said[-1][3], code)
        raise Failure(what, str(here.log), "see there what happened", FAILED)


@dataclass
class Watch:
    """Shows how far pip is, and loses patience when nothing comes any more."""

    here: Here
    title: str
    total: int
    total_mb: float
    patience_s: float
    progress: pip_says.Progress = field(default_factory=pip_says.Progress)
    lines: list[str] = field(default_factory=list)
    file_mb: float = 0
    started: float = field(default_factory=time.monotonic)
    moved_at: float = field(default_factory=time.monotonic)

    def __call__(self, lines: list[str]) -> None:
        """Take in pip's new lines.

        Raises:
            Failure: if nothing has come from the package index for too long.
        """
        self.lines += lines
        moved = [self.progress.heed(line) for line in lines]
        before, self.file_mb = self.file_mb, self._file_mb()
        waits = self.progress.lacks_bytes(self.file_mb)
        if any(moved) or self.file_mb != before or not waits:
            self.moved_at = time.monotonic()
        elif time.monotonic() - self.moved_at > self.patience_s:
            nothing = f"nothing came for {self.patience_s:.0f} s"
            raise pip_says.no_index(pip_says.unreachable(self.lines) or nothing)
        self.here.line.show(self._text())

    def _text(self) -> str:
        progress, seconds = self.progress, time.monotonic() - self.started
        mb = progress.done_mb + min(self.file_mb, progress.file_mb)
        so_far = f"{progress.count} of {self.total}, {mb:.0f} of {self.total_mb:.0f} MB"
        return f"{self.title}: {progress.doing or 'asking'}, {so_far}, {seconds:.0f} s"

    def _file_mb(self) -> float:
        """How much has come of the file that pip downloads."""
        file = self.progress.file
        return arrived_mb(self.here.scratch, f"pip-unpack-*/{file}") if file else 0


def ticking(here: Here, title: str, more: Callable[[], str] = lambda: "") -> running.Heed:
    """Shows that something goes on, and since when."""
    started = time.monotonic()
    return lambda _: here.line.show(f"{title}: {more()}{time.monotonic() - started:.0f} s")


def arrived_mb(folder: Path, pattern: str = "*/cache/**/*.jar*") -> float:
    """The size of files that others write and take away meanwhile; by default Ivy's."""
    total = 0
    for file in folder.glob(pattern):
        with suppress(OSError):
            total += file.stat().st_size
    return total / machine.MB


def pip(here: Here, *options: str) -> list[str]:
    """The command that installs."""
    quiet = ["--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off"]
    return [str(here.python), "-u", "-m", "pip", "install", *quiet, *options]


def network_settings(here: Here) -> tuple[list[str], float]:
    """How often pip tries and how long it waits, if its own settings do not say; our patience."""
    _, lines = here.run([here.python, "-m", "pip", "config", "list"], lambda _: None)
    found = [re.match(r"\S*?\.(?:default-)?(retries|timeout)='(\d+)", line) for line in lines]
    given = {match[1]: int(match[2]) for match in found if match}
    wanted = {"retries": RETRIES, "timeout": TIMEOUT_S}
    options = [f"--{name}={value}" for name, value in wanted.items() if name not in given]
    return options, max(PATIENCE_S, 2.0 * given.get("timeout", 0))

"""Where a set-up runs: the folders it works in, and what runs in them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import machine, running
from scripts.line import Line


@dataclass(frozen=True)
class Here:
    """Where and how this set-up runs."""

    project: Path
    environment: Mapping[str, str]
    stopping: Callable[[], bool]
    line: Line

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
        return machine.cache(self.environment) / "reelstream" / "jars"

    @property
    def log(self) -> Path:
        """Everything that pip and the others say."""
        return self.venv / "setup.log"

    @property
    def scratch(self) -> Path:
        """For pip's downloads and builds: /tmp may be in memory, and too small."""
        return self.venv / "tmp"

    def run(self, command: Sequence[object], heed: running.Heed) -> tuple[int, list[str]]:
        """Run a program into the log."""
        environment = {**self.environment, "TMPDIR": str(self.scratch)}
        words = [str(word) for word in command]
        return running.run(words, self.log, environment, self.stopping, heed)

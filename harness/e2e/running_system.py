"""The processes as a user runs them, for one test."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.settings import Settings
from harness.eventually import eventually

PROCESSES = {
    "streaming": ["streaming", "run"],
    "speed": ["speed", "run"],
    "batch": ["batch", "worker"],
    "api": ["api", "run"],
}


@dataclass
class System:
    """Running processes of one installation, and how to talk to them."""

    settings: Settings
    environment: Mapping[str, str]
    logs: Path
    data: Path
    """The data set, where the processes see it."""
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start `reelstream …`, its output in a log of that name."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(*arguments),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.processes[name]

    def command(self, *arguments: str) -> list[str]:
        """How `reelstream …` is run."""
        return [sys.executable, "-m", "reelstream", *arguments]

    def event_log(self) -> Path:
        """The event log, to be read."""
        return Path(self.settings.log_address)

    def dead(self) -> list[str]:
        """The processes that have failed."""
        return [n for n in PROCESSES if n in self.processes and self.processes[n].poll()]

    def run(self, *arguments: str) -> None:
        """Run `reelstream …` to its end, which must be 0."""
        done = self.start("-".join(arguments[:2]), *arguments)
        assert done.wait(120) == 0, self.words()

    def get(self, path: str) -> dict[str, Any]:
        """The API's JSON answer."""
        return self._ask(urllib.request.Request(self._url(path)))

    def post(self, path: str, body: object) -> dict[str, Any]:
        """The API's JSON answer to a JSON body."""
        headers = {"Content-Type": "application/json"}
        content = json.dumps(body).encode()
        return self._ask(urllib.request.Request(self._url(path), content, headers))

    def until(self, condition: Callable[[], object], within_s: float, what: str) -> None:
        """Wait for the condition; a process that dies meanwhile fails the test at once."""

        def seen() -> object:
            if not (found := condition()):
                assert not self.dead(), f"{self.dead()} died: {self.words()}"
            return found

        eventually(seen, within_s, what, 0.1, told=self.words)

    def answers(self, path: str) -> bool:
        """Whether the API answers 200."""
        try:
            return bool(self.get(path) is not None)
        except OSError:
            return False

    def words(self) -> str:
        """The last lines of every log."""
        tails = {
            log.name: log.read_text(errors="replace")[-800:] for log in self.logs.glob("*.log")
        }
        return "\n".join(f"--- {name}\n{tail}" for name, tail in sorted(tails.items()))

    def stop(self) -> None:
        """SIGTERM to all, and wait."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(30)

    def _url(self, path: str) -> str:
        return f"http://{self.settings.api_host}:{self.settings.api_port}{path}"

    def _ask(self, request: urllib.request.Request) -> dict[str, Any]:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def running(
    settings: Settings, environment: Mapping[str, str], logs: Path, data: Path
) -> Iterator[System]:
    """All processes of an installation; they are stopped at the end, whatever happened."""
    logs.mkdir(parents=True, exist_ok=True)
    system = System(settings, environment, logs, data)
    try:
        system.run("topics")
        for name, arguments in PROCESSES.items():
            system.start(name, *arguments)
        yield system
    finally:
        system.stop()

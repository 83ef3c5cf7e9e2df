"""A producer that the demo runs: its counts as it reports them, and its end."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from contracts.edge import Failure
from reelstream.leash import leashed
from reelstream.supervisor import last_words


class Counts(msgspec.Struct, frozen=True):
    """What a producer reports of itself."""

    total: int = 0
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0


class FeedFailed(Failure):
    """A producer ended without having everything acknowledged; says its last words."""


@dataclass
class Feed:
    """One `producer replay`, reporting into a file."""

    process: "subprocess.Popen[bytes]"
    reports: Path
    log: Path

    def counts(self) -> Counts:
        """The newest report."""
        lines = self.reports.read_bytes().splitlines()
        return msgspec.json.decode(lines[-1], type=Counts) if lines else Counts()

    def finished(self) -> bool:
        """Whether it has ended well.

        Raises:
            FeedFailed: if it has ended otherwise.
        """
        code = self.process.poll()
        if code:
            what = f"the producer ended: {last_words(self.log.read_text(errors='replace'))}"
            raise FeedFailed(what, str(self.log), "put that right, then start again", code)
        return code == 0

    def stop(self, timeout_s: float) -> None:
        """Ask it to stop, and wait until what it sent is acknowledged; kill it after the time."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(name: str, options: list[str], environment: Mapping[str, str], logs: Path) -> Feed:
    """Start a producer with these options of `producer replay`."""
    logs.mkdir(parents=True, exist_ok=True)
    reports, log = logs / f"{name}.jsonl", logs / f"{name}.log"
    command = [sys.executable, "-m", "reelstream", "producer", "replay", "--json", *options]
    with reports.open("wb") as out, log.open("wb") as err:
        process = subprocess.Popen(
            leashed(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(environment),
            start_new_session=True,
        )
    return Feed(process, reports, log)

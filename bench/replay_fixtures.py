"""Replays of a generated release: all of it at once, or at a rate beside what is measured."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cpu_timer import Since
from bench.fixtures import REELSTREAM, started
from contracts.replay_ledger import Ledger
from contracts.settings import Settings
from producer import replay_job
from producer.replay_options import Clock, Options


class Silence:
    """Shows nobody how a replay goes."""

    def reading(self, done: int, total: int) -> None:
        """Say nothing."""

    def replaying(self, ledger: Ledger) -> None:
        """Say nothing."""


class Watching(Silence):
    """Notes when the first rows had been sent."""

    def __init__(self, spent_s: Callable[[], float] = time.process_time) -> None:
        """Wait for the first rows; from then on count processor time as told."""
        self.began: Since | None = None
        self.sent = 0
        self._spent_s = spent_s

    def replaying(self, ledger: Ledger) -> None:
        """Begin at the first call."""
        if self.began is None:
            self.began, self.sent = Since(self._spent_s), ledger.sent


def replay_now(release: Path, settings: Settings, progress: Silence | None = None) -> None:
    """Send all ratings of a release as if rated now, as fast as it goes."""
    options = Options(release, "0%", "100%", None, None, None, Clock.now, 60, 0, allow_empty=False)
    replay_job.send(options, settings, None, False, lambda: False, progress or Silence())


@contextmanager
def trickle(
    release: Path, first: int, rate: int, variables: dict[str, str], errors: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    """Within, the ratings of a release from the `first` on are sent as if rated now."""
    words = ["--from", str(first), "--rate", str(rate), "--clock", "now"]
    replay = [*REELSTREAM, "producer", "replay", str(release), *words]
    with started(replay, variables, errors) as replaying:
        yield replaying

"""A streaming job that is killed while ratings trickle in, and what the checker says at the end.

Broker and Redis are its own and are killed too. The job is started again as soon as it has ended,
whatever of it still runs: to wait for its Java is the job's own affair.
"""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

from harness.e2e.streaming_job import batches, caught_up, expected_and_found
from harness.killable_system import KillableSystem, killable_system
from harness.reelstream.command_runner import alive
from harness.reelstream.process_restarter import Restarted
from harness.streaming import crash_points
from harness.streaming.crash_points import ALONE, GROUP, POINTS, START, planted
from harness.streaming.verdicts import Verdict, judged

DRIVER, PYTHON, JAVA, WORKER = "driver", "driver's Python", "driver's Java", "Spark's Python worker"
BROKER, REDIS = "broker", "Redis"
SEVERAL, AGAIN = "several at once", "driver, again while it starts"
KINDS = (DRIVER, PYTHON, JAVA, WORKER, BROKER, REDIS, SEVERAL, AGAIN)
QUERIES = ("log", "trends")
RATE = 25
"""Live rows a second."""
PAUSE_S, START_S = 2.5, 12.0
"""A batch's interval, and about how long a start takes."""


class Kill(NamedTuple):
    """What is to be killed: one of `KINDS` at a random moment, or whoever gets to a named point."""

    what: str
    victim: str = ALONE

    def __str__(self) -> str:
        """For who waits."""
        return f"{self.what} with its group" if self.victim == GROUP else self.what


@dataclass
class Rig:
    """Broker, Redis, producers and one job; all of it may be killed."""

    on: KillableSystem
    job: Restarted
    points: Path
    chance: random.Random
    java_stayed_s: list[float] = field(default_factory=list)
    """How long Java outlived the driver's Python, each time that this alone was killed."""

    def after(self, kill: Kill) -> float:
        """Kill, and wait until each query has committed a batch; seconds it took.

        Raises:
            NotBack: if it does not in time.
        """
        if kill.what in POINTS:
            at = self._killed_at(kill)
        else:
            time.sleep(self.chance.uniform(0, PAUSE_S))
            at = self._killed(kill.what)
        before = self.committed()
        self.on.until(lambda: self._is_past(before), f"back after {kill}")
        return time.monotonic() - at

    def committed(self) -> dict[str, int]:
        """Committed batches of each query."""
        return {name: batches(self.on.settings.checkpoints, name, "commits") for name in QUERIES}

    def verdict(self) -> Verdict:
        """End the live ratings, wait until the job has read them all, and judge."""
        self.on.end_trickle()
        self.on.until(lambda: caught_up(self.on.settings), "caught up")
        return judged(*expected_and_found(self.on.settings, self.on.data))

    def _is_past(self, before: Mapping[str, int]) -> bool:
        now = self.committed()
        return all(now[name] > before[name] for name in QUERIES)

    def _killed_at(self, kill: Kill) -> float:
        crash_points.arm(self.points, kill.what, kill.victim)
        if kill.what in START:
            self.job.kill()
        self.on.until(lambda: crash_points.is_hit(self.points, kill.what), f"at: {kill.what}")
        return time.monotonic()

    def _killed(self, kind: str) -> float:
        if kind == SEVERAL:
            kinds = self.chance.sample([DRIVER, BROKER, REDIS], self.chance.randint(2, 3))
            return max(self._killed_one(each) for each in kinds)
        if kind == AGAIN:
            self._killed_one(DRIVER)
            self.job.process.wait()
            self.job.check()
            time.sleep(self.chance.uniform(0, START_S))
            return self._killed_one(DRIVER)
        return self._killed_one(kind)

    def _killed_one(self, kind: str) -> float:
        """Kill it; the moment at which this was done."""
        if kind == PYTHON:
            return self._killed_python()
        if kind == DRIVER:
            self.job.kill()
        elif kind in {BROKER, REDIS}:
            services = self.on.services
            (services.kafka if kind == BROKER else services.redis).kill()
        else:
            self._kill_below("java" if kind == JAVA else "pyspark.daemon")
        return time.monotonic()

    def _kill_below(self, name: str) -> None:
        """Kill one of those that the job has started."""
        self.on.until(lambda: bool(self.job.family(name)), f"there: {name}")
        with suppress(psutil.NoSuchProcess):
            self.job.family(name)[-1].kill()

    def _killed_python(self) -> float:
        java, at = self.job.family("java"), time.monotonic()
        self.job.process.kill()
        self.on.until(lambda: not any(map(alive, java)), "rid of its Java")
        self.java_stayed_s.append(time.monotonic() - at)
        return at


@contextmanager
def rig(folder: Path, data: Path, chance: random.Random) -> Iterator[Rig]:
    """All of it running, with a batch committed; ended at the end, whatever happened."""
    with killable_system(folder, data) as on:
        points = folder / "points"
        on.trickle(RATE)
        environment = planted(points, on.environment)
        job = on.start("streaming", "streaming", "run", environment=environment)
        one = Rig(on, job, points, chance)
        on.until(lambda: min(one.committed().values()) > 0, "begun")
        yield one

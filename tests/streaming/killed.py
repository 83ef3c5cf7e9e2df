"""A streaming job that is killed while ratings trickle in, and what the checker says at the end.

Broker and Redis are its own and are killed too. The job is started again as soon as it has ended,
whatever of it still runs: to wait for its Java is the job's own affair.
"""

import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

from contracts.settings import Settings
from reelstream.supervisor import Supervisor
from tests.e2e.poison import send_poison
from tests.e2e.streaming_job import batches, caught_up, expected_and_found
from tests.reelstream.commands import alive, reelstream
from tests.reelstream.restarted import Restarted, trickle, until
from tests.services import environment_of, own_services
from tests.streaming import crash_points
from tests.streaming.crash_points import ALONE, GROUP, POINTS, START, planted
from tests.streaming.judged import Verdict, judged

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


def plan(kills: int, chance: random.Random) -> list[Kill]:
    """So many kills in random order: each point alone and with its group, each kind as often."""
    every = [Kill(point, victim) for point in POINTS for victim in (ALONE, GROUP)]
    every += [Kill(kind) for kind in KINDS] * 2
    rounds = (chance.sample(every, len(every)) for _ in range(kills // len(every) + 1))
    return [kill for one in rounds for kill in one][:kills]


@dataclass
class Rig:
    """Broker, Redis, producers and one job; all of it may be killed."""

    settings: Settings
    data: Path
    job: Restarted
    supervisor: Supervisor
    points: Path
    java_stayed_s: list[float] = field(default_factory=list)
    """How long Java outlived the driver's Python, each time that this alone was killed."""

    def after(self, kill: Kill, chance: random.Random) -> float:
        """Kill, and wait until each query has committed a batch; seconds it took.

        Raises:
            NotBack: if it does not in time.
        """
        if kill.what in POINTS:
            at = self._killed_at(kill)
        else:
            time.sleep(chance.uniform(0, PAUSE_S))
            at = self._killed(kill.what, chance)
        before = self.committed()
        self.until(lambda: self._is_past(before), f"back after {kill.what} ({kill.victim})")
        return time.monotonic() - at

    def committed(self) -> dict[str, int]:
        """Committed batches of each query."""
        return {name: batches(self.settings.checkpoints, name, "commits") for name in QUERIES}

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Ask until it holds, and start again meanwhile what has ended.

        Raises:
            NotBack: if it does not in time.
        """
        until(condition, what, self.supervisor, self.job)

    def poison(self) -> None:
        """Put everything that is no event between the live ratings."""
        send_poison(self.settings.kafka, self.settings.topics.ratings)

    def verdict(self) -> Verdict:
        """End the live ratings, wait until the job has read them all, and judge."""
        for name in ("live", "again"):
            self.supervisor.end(name, 30)
        self.until(lambda: caught_up(self.settings), "caught up")
        return judged(*expected_and_found(self.settings, self.data))

    def _is_past(self, before: Mapping[str, int]) -> bool:
        now = self.committed()
        return all(now[name] > before[name] for name in QUERIES)

    def _killed_at(self, kill: Kill) -> float:
        crash_points.arm(self.points, kill.what, kill.victim)
        if kill.what in START:
            self.job.kill()
        self.until(lambda: crash_points.is_hit(self.points, kill.what), f"at: {kill.what}")
        return time.monotonic()

    def _killed(self, kind: str, chance: random.Random) -> float:
        if kind == SEVERAL:
            kinds = chance.sample([DRIVER, BROKER, REDIS], chance.randint(2, 3))
            return max(self._killed_one(each) for each in kinds)
        if kind == AGAIN:
            self._killed_one(DRIVER)
            self.job.process.wait()
            self.job.check()
            time.sleep(chance.uniform(0, START_S))
            return self._killed_one(DRIVER)
        return self._killed_one(kind)

    def _killed_one(self, kind: str) -> float:
        """Kill it; the moment at which this was done."""
        if kind == PYTHON:
            return self._killed_python()
        if kind == DRIVER:
            self.job.kill()
        else:
            self.until(lambda: bool(self._victims(kind)), f"there: {kind}")
            with suppress(psutil.NoSuchProcess):
                self._victims(kind)[-1].kill()
        return time.monotonic()

    def _killed_python(self) -> float:
        java, at = self.job.family("java"), time.monotonic()
        self.job.process.kill()
        self.until(lambda: not any(map(alive, java)), "rid of its Java")
        self.java_stayed_s.append(time.monotonic() - at)
        return at

    def _victims(self, kind: str) -> list[psutil.Process]:
        if kind in {JAVA, WORKER}:
            return self.job.family("java" if kind == JAVA else "pyspark.daemon")
        name = {BROKER: "kafka", REDIS: "redis"}[kind]
        pids = [one.pid for one in self.supervisor.processes() if one.name == name]
        return [psutil.Process(pid) for pid in pids if pid is not None]


@contextmanager
def rig(folder: Path, data: Path) -> Iterator[Rig]:
    """All of it running, with a batch committed; ended at the end, whatever happened."""
    supervisor = Supervisor(folder / "logs", lambda _: None)
    job: Restarted | None = None
    try:
        services = own_services(supervisor, folder)
        settings = Settings(
            kafka=services.kafka,
            redis_url=services.redis_url,
            state=folder / "state",
            connector_jars=services.connector_jars,
        )
        environment = environment_of(settings, services.java_home)
        for words in (["topics"], ["producer", "catalogue", str(data)]):
            subprocess.run(
                reelstream(*words), env=environment, check=True, stdout=subprocess.DEVNULL
            )
        points = folder / "points"
        log = folder / "logs" / "streaming.log"
        job = Restarted(("streaming", "run"), planted(points, environment), log)
        one = Rig(settings, data, job, supervisor, points)
        trickle(supervisor, folder, environment, data, RATE)
        job.start()
        one.until(lambda: min(one.committed().values()) > 0, "begun")
        yield one
    finally:
        if job is not None:
            job.end()
        supervisor.stop()

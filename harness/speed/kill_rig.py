"""Speed workers that are killed and frozen while ratings trickle in, and what they stand on; and
what the checker says at the end.

Broker and Redis are their own. A worker is started again as soon as it has ended. What only an
operator can do is done as one would: after Redis has lost or exchanged what it held, `reelstream
batch rebuild` writes the model again.
"""

import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contracts.artefact import folder as artefact_folder
from harness.checker.actual_state import active_in, lists_in
from harness.checker.compare_states import violations
from harness.checker.expected_lists import artefact_in, has_changed, wrong_lists
from harness.killable_services import KillableService
from harness.killable_system import KillableSystem, killable_system
from harness.reelstream.process_restarter import Restarted
from redis_store.connection import connect

WORKER, FROZEN, ALL = "a worker", "a worker, frozen", "all workers"
BROKER, BROKER_FROZEN = "the broker", "the broker, frozen"
REDIS, REDIS_FROZEN = "Redis", "Redis, frozen"
EMPTIED, OLDER = "FLUSHALL", "Redis from an older file"
LOADING, SEVERAL = "a worker, as it loads after FLUSHALL", "a worker, broker and Redis"
KINDS = (
    WORKER, FROZEN, ALL, BROKER, BROKER_FROZEN, REDIS, REDIS_FROZEN, EMPTIED, OLDER, LOADING,
    SEVERAL,
)  # fmt: skip
WORKERS = 3
HISTORY_PERCENT, RATE = 50, 20
"""Loaded before; and live rows a second."""
WORKER_FROZEN_S = (8.0, 14.0)
"""Longer than a session, so that others take over what it holds."""
OTHERS_FROZEN_S = (2.0, 12.0)
"""Up to more than clients wait for an answer."""
PAUSE_S = 3.0


@dataclass
class Verdict:
    """What the checker says, and of how much.

    Attributes:
        records: of the topic.
        histories, lists: that were compared; lists of those who said something since the snapshot.
        said: the checker's own words.
    """

    records: int
    histories: int
    lists: int
    said: list[str]


@dataclass
class Rig:
    """Workers and what they stand on; all of it may be killed."""

    on: KillableSystem
    workers: list[Restarted]
    chance: random.Random
    kinds: Mapping[str, Callable[[], None]] = field(init=False)

    def __post_init__(self) -> None:
        """Say how each kind of mishap is done."""
        kafka, redis = self.on.services.kafka, self.on.services.redis
        self.kinds = {
            WORKER: lambda: self._some_worker().kill(),
            FROZEN: lambda: self._frozen(self._some_worker(), WORKER_FROZEN_S),
            ALL: self._all_workers,
            BROKER: kafka.kill,
            BROKER_FROZEN: lambda: self._frozen(kafka, OTHERS_FROZEN_S),
            REDIS: redis.kill,
            REDIS_FROZEN: lambda: self._frozen(redis, OTHERS_FROZEN_S),
            EMPTIED: self._emptied,
            OLDER: self._from_an_older_file,
            LOADING: self._killed_as_it_loads,
            SEVERAL: self._several,
        }

    def after(self, kind: str) -> float:
        """Do it at some moment, and wait until all that the topic held then is applied.

        Returns the seconds that this took, those of a freeze among them.

        Raises:
            NotBack: if that is not so in time.
        """
        time.sleep(self.chance.uniform(0, PAUSE_S))
        began = time.monotonic()
        self.kinds[kind]()
        mark = self.on.mark()
        self.on.until(lambda: self.on.is_past(mark), f"back after {kind}")
        return time.monotonic() - began

    def verdict(self) -> Verdict:
        """End the live ratings, wait until no list is owed, and judge."""
        self.on.end_trickle()
        mark = self.on.mark()
        self.on.until(lambda: self.on.is_past(mark) and not self._owed(), "caught up")
        return self._judged()

    def _judged(self) -> Verdict:
        settings = self.on.settings
        url, prefix = settings.redis_url, settings.key_prefix
        rows, truth, found = self.on.speed_layer()
        artefact = artefact_in(artefact_folder(settings.artefacts, active_in(url, prefix)))
        said = wrong_lists(truth.histories, lists_in(url, prefix), artefact)
        since = sum(has_changed(*one, artefact) for one in truth.histories.items())
        return Verdict(len(rows), len(truth.histories), since, violations(truth, found) + said)

    def _owed(self) -> bool:
        return any(self.on.store.owed(p, 1) for p in range(self.on.settings.partitions))

    def _some_worker(self) -> Restarted:
        return self.chance.choice(self.workers)

    def _frozen(self, one: Restarted | KillableService, between_s: tuple[float, float]) -> None:
        with one.frozen():
            time.sleep(self.chance.uniform(*between_s))

    def _emptied(self) -> None:
        self._flush()
        self.on.run("batch", "rebuild")

    def _killed_as_it_loads(self) -> None:
        self._flush()
        time.sleep(self.chance.uniform(0, 2))
        self._some_worker().kill()
        self.on.run("batch", "rebuild")

    def _flush(self) -> None:
        self.on.land()
        connect(self.on.settings.redis_url, timeout_s=20).flushall()

    def _all_workers(self) -> None:
        for one in self.workers:
            one.kill()

    def _several(self) -> None:
        self._some_worker().kill()
        self.on.services.kafka.kill()
        self.on.services.redis.kill()

    def _from_an_older_file(self) -> None:
        self.on.services.redis.stop()
        shutil.rmtree(self.on.folder / "redis")
        shutil.copytree(self._older, self.on.folder / "redis")
        self.on.services.redis.start()
        self.copy_redis()
        self.on.run("batch", "rebuild")

    def copy_redis(self) -> None:
        """Keep Redis's files as they are now."""
        shutil.rmtree(self._older, ignore_errors=True)
        shutil.copytree(self.on.folder / "redis", self._older)

    @property
    def _older(self) -> Path:
        return self.on.folder / "older"


@contextmanager
def rig(folder: Path, data: Path, chance: random.Random) -> Iterator[Rig]:
    """All of it running, with histories and a model; ended at the end, whatever happened."""
    with killable_system(folder, data) as on:
        on.load(HISTORY_PERCENT)
        workers = [on.start(f"speed-{n}", "speed", "run") for n in range(WORKERS)]
        one = Rig(on, workers, chance)
        on.trickle(RATE, HISTORY_PERCENT)
        mark = on.mark()
        on.until(lambda: on.is_past(mark), "begun")
        one.copy_redis()
        yield one

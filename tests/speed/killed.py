"""Speed workers that are killed and frozen while ratings trickle in, and what they stand on; and
what the checker says at the end.

Broker and Redis are their own. A worker is started again as soon as it has ended. What only an
operator can do is done as one would: after Redis has lost or exchanged what it held, `reelstream
batch rebuild` writes the model again.
"""

import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import confluent_kafka
import psutil

from contracts.artefact import folder as artefact_folder
from contracts.clients import Admin
from contracts.eventlog import Place, claim, ends, land
from contracts.events import Record
from contracts.settings import Settings
from contracts.store.connection import StoreError, connect
from contracts.store.speed import SpeedStore
from reelstream import redis_server
from reelstream.supervisor import Child, Supervisor
from streaming.source import parsed
from tests.checker.dump import Row, dump
from tests.checker.found import active_in, found_in, lists_in
from tests.checker.law import violations
from tests.checker.lists import artefact_in, has_changed, wrong_lists
from tests.checker.truth import truth_of
from tests.e2e.poison import send_poison
from tests.reelstream.commands import alive, reelstream
from tests.reelstream.restarted import Restarted, trickle, until
from tests.services import environment_of, own_services
from tests.streaming.test_source import batch_of

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
ANSWERED_WITHIN_S = 2
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


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
    """Broker, Redis, producers and workers; all of it may be killed."""

    settings: Settings
    environment: Mapping[str, str]
    state: Path
    supervisor: Supervisor
    workers: list[Restarted]
    chance: random.Random
    store: SpeedStore = field(init=False)
    kinds: Mapping[str, Callable[[], None]] = field(init=False)

    def __post_init__(self) -> None:
        """Look at what the workers write, and say how each kind of mishap is done."""
        self.store = SpeedStore(connect(self.settings.redis_url, timeout_s=5), self.settings.keys)
        self.kinds = {
            WORKER: lambda: self._some_worker().kill(),
            FROZEN: lambda: self._frozen(self._some_worker().process.pid, WORKER_FROZEN_S),
            ALL: self._all_workers,
            BROKER: partial(self._kill, "kafka"),
            BROKER_FROZEN: lambda: self._frozen(self._pid("kafka"), OTHERS_FROZEN_S),
            REDIS: partial(self._kill, "redis"),
            REDIS_FROZEN: lambda: self._frozen(self._pid("redis"), OTHERS_FROZEN_S),
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
        mark = self.mark()
        self.until(lambda: self._is_past(mark), f"back after {kind}")
        return time.monotonic() - began

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Ask until it holds; what is away answers no.

        Raises:
            NotBack: if it does not in time.
        """

        def holds() -> bool:
            try:
                return condition()
            except (StoreError, confluent_kafka.KafkaException):
                return False

        until(holds, what, self.supervisor, *self.workers)

    def mark(self) -> dict[int, int]:
        """Next offsets of the topic, as soon as the broker tells them."""
        topic, found = self.settings.topics.ratings, dict[int, int]()
        # Not kafka-python: a connection that is refused leaves it with an open socket.
        asking = {"bootstrap.servers": self.settings.kafka, "group.id": topic}
        with closing(confluent_kafka.Consumer(asking)) as consumer:

            def told() -> bool:
                for p in range(self.settings.partitions):
                    at = confluent_kafka.TopicPartition(topic, p)
                    found[p] = consumer.get_watermark_offsets(at, timeout=ANSWERED_WITHIN_S)[1]
                return True

            self.until(told, "there: the broker")
        return found

    def land(self) -> None:
        """Let the event log hold all that the topic holds now."""
        log, topic = Place.of(self.settings.log_place), self.settings.topics.ratings
        with closing(Admin(self.settings.kafka)) as admin:
            claim(log, admin.identity(topic))
        landed, rows = ends(log), dump(self.settings.kafka, topic)
        for partition in range(self.settings.partitions):
            first = landed.get(partition, 0)
            new = [_record(r) for r in rows if r.partition == partition and r.offset >= first]
            land(log, partition, [parsed(batch_of(*new, first=first), self.settings.partitions)])

    def poison(self) -> None:
        """Put everything that is no event between the live ratings."""
        send_poison(self.settings.kafka, self.settings.topics.ratings)

    def retrained(self) -> None:
        """Train on all that has come so far, publish and activate."""
        self.land()
        self._reelstream("batch", "train")

    def verdict(self) -> Verdict:
        """End the live ratings, wait until no list is owed, and judge."""
        for name in ("live", "again"):
            self.supervisor.end(name, 30)
        mark = self.mark()
        self.until(lambda: self._is_past(mark) and not self._owed(), "caught up")
        return self._judged()

    def _judged(self) -> Verdict:
        url, prefix = self.settings.redis_url, self.settings.key_prefix
        rows = dump(self.settings.kafka, self.settings.topics.ratings)
        truth, found = truth_of(rows, self.settings.partitions, {}), found_in(url, prefix, Path())
        truth = replace(truth, log={}, buckets={}, activity={}, users={})  # they are streaming's
        artefact = artefact_in(artefact_folder(self.settings.artefacts, active_in(url, prefix)))
        said = wrong_lists(truth.histories, lists_in(url, prefix), artefact)
        since = sum(has_changed(*one, artefact) for one in truth.histories.items())
        return Verdict(len(rows), len(truth.histories), since, violations(truth, found) + said)

    def _is_past(self, mark: Mapping[int, int]) -> bool:
        return all(self.store.position(p).next_offset >= offset for p, offset in mark.items())

    def _owed(self) -> bool:
        return any(self.store.owed(p, 1) for p in range(self.settings.partitions))

    def _some_worker(self) -> Restarted:
        return self.chance.choice(self.workers)

    def _pid(self, name: str) -> int:
        self.until(lambda: self._pids(name) != [], f"there: {name}")
        return self._pids(name)[0]

    def _pids(self, name: str) -> list[int]:
        processes = self.supervisor.processes()
        return [one.pid for one in processes if one.name == name and one.pid is not None]

    def _kill(self, name: str) -> None:
        victim = psutil.Process(self._pid(name))
        victim.kill()
        self.until(lambda: not alive(victim), f"dead: {name}")

    def _frozen(self, pid: int, between_s: tuple[float, float]) -> None:
        process = psutil.Process(pid)
        process.suspend()
        time.sleep(self.chance.uniform(*between_s))
        process.resume()

    def _emptied(self) -> None:
        self._flush()
        self._reelstream("batch", "rebuild")

    def _killed_as_it_loads(self) -> None:
        self._flush()
        time.sleep(self.chance.uniform(0, 2))
        self._some_worker().kill()
        self._reelstream("batch", "rebuild")

    def _flush(self) -> None:
        self.land()
        connect(self.settings.redis_url, timeout_s=20).flushall()

    def _all_workers(self) -> None:
        for one in self.workers:
            one.kill()

    def _several(self) -> None:
        self._some_worker().kill()
        self._kill("kafka")
        self._kill("redis")

    def _from_an_older_file(self) -> None:
        self.supervisor.end("redis", 10)
        shutil.rmtree(self.state / "redis")
        shutil.copytree(self._older, self.state / "redis")
        port = int(self.settings.redis_url.rpartition(":")[2].partition("/")[0])
        command = redis_server.prepare(self.state, port)
        self.supervisor.start(Child("redis", command, self.environment))
        self.until(lambda: connect(self.settings.redis_url, 5).ping(), "there: Redis")
        self.copy_redis()
        self._reelstream("batch", "rebuild")

    def copy_redis(self) -> None:
        """Keep Redis's files as they are now."""
        shutil.rmtree(self._older, ignore_errors=True)
        shutil.copytree(self.state / "redis", self._older)

    @property
    def _older(self) -> Path:
        return self.state / "older"

    def _reelstream(self, *words: str) -> None:
        command, told = reelstream(*words), subprocess.DEVNULL
        subprocess.run(command, env=self.environment, check=True, stdout=told)


@contextmanager
def rig(folder: Path, data: Path, chance: random.Random) -> Iterator[Rig]:
    """All of it running, with histories and a model; ended at the end, whatever happened."""
    supervisor = Supervisor(folder / "logs", lambda _: None)
    workers: list[Restarted] = []
    try:
        services = own_services(supervisor, folder)
        settings = Settings(
            kafka=services.kafka, redis_url=services.redis_url, state=folder / "state"
        )
        environment = environment_of(settings, services.java_home) | ONE_THREAD
        one = Rig(settings, environment, folder, supervisor, workers, chance)
        history = ("--until", f"{HISTORY_PERCENT}%", "--clock", "original")
        for words in (("topics",), ("producer", "catalogue", str(data)),
                      ("producer", "replay", str(data), *history)):  # fmt: skip
            one._reelstream(*words)
        one.retrained()
        for n in range(WORKERS):
            log = folder / "logs" / f"speed-{n}.log"
            workers.append(Restarted(("speed", "run"), environment, log))
            workers[-1].start()
        trickle(supervisor, folder, environment, data, RATE, HISTORY_PERCENT)
        mark = one.mark()
        one.until(lambda: one._is_past(mark), "begun")
        one.copy_redis()
        yield one
    finally:
        for worker in workers:
            worker.end()
        supervisor.stop()


def _record(row: Row) -> Record:
    return Record(row.key, row.partition, row.value, row.timestamp_ms)

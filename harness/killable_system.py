"""Reelstream on a Kafka and a Redis of its own; all of it may be killed."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import confluent_kafka

from contracts.event_parser import Record
from contracts.settings import Settings
from event_log import Storage, claim, ends, land
from harness.checker.actual_state import found_in
from harness.checker.expected_state import truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import Row, dump
from harness.e2e.malformed_records import send_poison
from harness.killable_services import KillableServices, own_services
from harness.reelstream.command_runner import reelstream
from harness.reelstream.process_restarter import Restarted, until
from harness.services import connector_jars, environment_of, java_with_jars
from harness.streaming.record_batches import batch_of
from kafka_clients import Admin
from redis_store.connection import StoreError, connect
from redis_store.speed import SpeedStore
from reelstream.ports import free_port
from reelstream.supervisor import Child
from streaming.kafka_source import parsed

ANSWERED_WITHIN_S = 2
ENDED_WITHIN_S = 30
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
LIVE, AGAIN = "live", "again"
SHARE_AGAIN = 0.05
"""Of the live ratings, what is sent once more."""


class Compared(NamedTuple):
    """All records of the topic, what they say, and what is there."""

    rows: list[Row]
    truth: State
    found: State


@dataclass
class KillableSystem:
    """The services, the settings, and the processes that are started again when they end."""

    services: KillableServices
    settings: Settings
    environment: Mapping[str, str]
    folder: Path
    data: Path
    """The release."""
    restarted: list[Restarted] = field(default_factory=list)
    store: SpeedStore = field(init=False)

    def __post_init__(self) -> None:
        """Look at what the speed workers write."""
        self.store = SpeedStore(connect(self.settings.redis_url, timeout_s=5), self.settings.keys)

    def start(
        self, name: str, *words: str, environment: Mapping[str, str] | None = None
    ) -> Restarted:
        """Start `reelstream …`, and again whenever it has ended."""
        log = self.folder / "logs" / f"{name}.log"
        self.restarted.append(Restarted(reelstream(*words), environment or self.environment, log))
        self.restarted[-1].start()
        return self.restarted[-1]

    def run(self, *words: str) -> None:
        """Run `reelstream …` to its end, which must be good."""
        command, told = reelstream(*words), subprocess.DEVNULL
        subprocess.run(command, env=self.environment, check=True, stdout=told)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Ask until it holds, and start again meanwhile what has ended; what is away answers no.

        Raises:
            NotBack: if it does not in time.
        """

        def holds() -> bool:
            try:
                return condition()
            except (StoreError, confluent_kafka.KafkaException):
                return False

        until(holds, what, self.services.supervisor, *self.restarted)

    def mark(self) -> dict[int, int]:
        """Next offsets of the topic, as soon as the broker tells them."""
        found: dict[int, int] = {}

        def told() -> bool:
            found.update(self._ends())
            return True

        self.until(told, "there: the broker")
        return found

    def is_past(self, mark: Mapping[int, int]) -> bool:
        """Whether everything below is applied."""
        return all(self.store.position(p).next_offset >= offset for p, offset in mark.items())

    def load(self, percent: int) -> None:
        """Replay the older part of the release, and publish a model of it."""
        history = ("--until", f"{percent}%", "--clock", "original")
        self.run("producer", "replay", str(self.data), *history)
        self.retrained()

    def trickle(self, per_s: float, percent: int = 0) -> None:
        """Have ratings come from so many percent on, and the first of them again, by their ids.

        Their producers go on where they were when they are killed.
        """
        for name, rate, last in ((LIVE, per_s, 100), (AGAIN, per_s * SHARE_AGAIN, percent + 5)):
            pace = ["--clock", "now", "--rate", str(rate)]
            pace += ["--from", f"{percent}%", "--until", f"{last}%"]
            ledger = ["--resume", "--ledger", str(self.folder / f"{name}.ledger")]
            command = reelstream("producer", "replay", str(self.data), *pace, *ledger)
            self.services.supervisor.start(Child(name, command, self.environment, once=True))

    def end_trickle(self) -> None:
        """Have no more ratings come."""
        for name in (LIVE, AGAIN):
            self.services.supervisor.end(name, ENDED_WITHIN_S)

    def poison(self) -> None:
        """Put everything that is no event between the live ratings."""
        send_poison(self.settings.kafka, self.settings.topics.ratings)

    def speed_layer(self) -> Compared:
        """What the topic says of the speed layer's histories, and what Redis holds of them."""
        settings = self.settings
        rows = dump(settings.kafka, settings.topics.ratings)
        truth = truth_of(rows, settings.partitions, {})
        truth = replace(truth, log={}, buckets={}, activity={}, users={})  # they are streaming's
        found = found_in(settings.redis_url, settings.key_prefix, Path())
        found = replace(found, buckets={}, activity={}, users={})
        return Compared(rows, truth, found)

    def land(self) -> None:
        """Let the event log hold all that the topic holds now."""
        log, topic = Storage.of(self.settings.log_address), self.settings.topics.ratings
        with closing(Admin(self.settings.kafka)) as admin:
            claim(log, admin.identity(topic))
        landed, rows = ends(log), dump(self.settings.kafka, topic)
        for partition in range(self.settings.partitions):
            first = landed.get(partition, 0)
            new = [_record(r) for r in rows if r.partition == partition and r.offset >= first]
            land(log, partition, [parsed(batch_of(*new, first=first), self.settings.partitions)])

    def retrained(self) -> None:
        """Train on all that has come so far, publish and activate."""
        self.land()
        self.run("batch", "train")

    def _ends(self) -> dict[int, int]:
        settings = self.settings
        return next_offsets(settings.kafka, settings.topics.ratings, settings.partitions)


def next_offsets(kafka: str, topic: str, partitions: int) -> dict[int, int]:
    """Of a topic; by a client of its own, since one that has met a broker just as it came back may
    stay lost.

    Raises:
        confluent_kafka.KafkaException: if the broker does not tell.
    """
    # Not kafka-python: a connection that is refused leaves it with an open socket.
    asking = {"bootstrap.servers": kafka, "group.id": "marks", "log_level": 0}
    with closing(confluent_kafka.Consumer(asking)) as consumer:
        at = [confluent_kafka.TopicPartition(topic, p) for p in range(partitions)]
        ends = (consumer.get_watermark_offsets(one, timeout=ANSWERED_WITHIN_S) for one in at)
        return {one.partition: end for one, (_, end) in zip(at, ends, strict=True)}


@contextmanager
def killable_system(folder: Path, data: Path) -> Iterator[KillableSystem]:
    """Within, services with topics and a catalogue; whatever was started on them ends with them."""
    with own_services(folder) as services:
        settings = Settings(
            kafka=services.kafka.address,
            redis_url=services.redis.address,
            state=folder / "state",
            connector_jars=connector_jars(),
            api_port=free_port(),
        )
        environment = environment_of(settings, java_with_jars(folder).home) | ONE_THREAD
        one = KillableSystem(services, settings, environment, folder, data)
        try:
            one.run("topics")
            one.run("producer", "catalogue", str(data))
            yield one
        finally:
            for process in one.restarted:
                process.end()


def _record(row: Row) -> Record:
    return Record(row.key, row.partition, row.value, row.timestamp_ms)

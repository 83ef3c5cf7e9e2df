"""The cost of an almost empty micro-batch: `python -m bench.micro_batch_overhead`.

The log query runs twice on one real broker, each in a session and a process of its own: as the
streaming job sets it up, and with Spark's defaults (`bench.micro_batch_query`). Records come one at
a time, the next as soon as a batch has committed the last, so that every batch lands one; the sides
take turns, and the one that waits is stopped. Compares the processor time of all of a side's
processes for each batch, by turns, and the median of Spark's own `triggerExecution`.
"""

import json
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import confluent_kafka
import psutil
import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.cpu_timer import Cost, Since, cpu_s, family
from bench.fixtures import PARTITIONS, scratch_services
from contracts.clock import now_ms
from contracts.events import Event, Kind, encode
from contracts.partitioner import partition_of
from contracts.settings import Settings, child_environment
from contracts.topics import topic_configs
from harness.eventually import eventually
from harness.services import Services
from kafka_clients import Admin
from streaming.checkpoint_files import committed

SIDES = ("ours", "defaults")
PARTS = ("latestOffset", "queryPlanning", "getBatch", "walCommit", "addBatch", "commitOffsets")
TRIGGER = "triggerExecution"
RATIO = 0.5
LENGTH, QUICK_LENGTH = (60, 8, 20), (10, 1, 6)
"""Batches to warm up, turns of each side, batches of a turn."""
USER = 429
COMMITTED_WITHIN_S = 90
LOOK_EVERY_S = 0.001

Parts = dict[str, int]
"""Of one batch, in milliseconds."""


class Ended(RuntimeError):
    """A side that has ended before it committed a batch."""


class Side:
    """A log query, its topic, and what its turns have cost."""

    def __init__(self, name: str, services: Services, folder: Path) -> None:
        """Start it."""
        self.costs: list[Cost] = []
        self.parts: list[Parts] = []
        self._folder = folder / name
        self._folder.mkdir()
        settings = Settings(kafka=services.kafka, topic_prefix=f"{uuid.uuid4().hex[:12]}.")
        with closing(Admin(services.kafka)) as admin:
            admin.create(topic_configs(settings.topics, PARTITIONS))
        self._topic, self._sent = settings.topics.ratings, 0
        options = {"bootstrap.servers": services.kafka, "linger.ms": 0}
        self._producer = confluent_kafka.Producer(options)
        words = [name, services.kafka, self._topic, settings.topics.dead_letters]
        words += [str(self._folder), str(services.connector_jars)]
        with (self._folder / "complaints").open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.micro_batch_query", *words],
                env=child_environment({"JAVA_HOME": str(services.java_home)}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def warm(self, batches: int) -> None:
        """So many batches that nobody counts; then stop."""
        for _ in range(batches):
            self._batch()
        self._stop()

    def turn(self, batches: int) -> None:
        """Go on, take so many batches, and stop again."""
        self._go_on()
        self._batch()  # what fell due meanwhile
        began = Since(partial(cpu_s, self._process.pid))
        for _ in range(batches):
            self._batch()
        self.costs.append(began.cost(batches))
        self.parts += self._read_parts()[-batches:]
        self._stop()

    def end(self) -> None:
        """End the process, and all below it."""
        with suppress(psutil.NoSuchProcess):
            self._go_on()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _batch(self) -> None:
        """Send a record, and wait until a batch has committed it."""
        event = Event(Kind.rated, str(uuid.uuid4()), USER, 22, 8, now_ms())
        partition = partition_of(USER, PARTITIONS)
        self._producer.produce(self._topic, encode(event), str(USER).encode(), partition)
        self._producer.flush()
        self._sent += 1
        told = self._complaints
        eventually(self._is_committed, COMMITTED_WITHIN_S, "a batch", LOOK_EVERY_S, told=told)

    def _is_committed(self) -> bool:
        mark = committed(self._folder / "checkpoint")
        if mark and sum(mark.end.values()) >= self._sent:
            return True
        if self._process.poll() is not None:
            raise Ended(self._complaints())
        return False

    def _complaints(self) -> str:
        return (self._folder / "complaints").read_text()[-800:]

    def _read_parts(self) -> list[Parts]:
        """The parts of the last batches, from the process itself."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return list(json.loads(self._process.stdout.readline()))

    def _stop(self) -> None:
        for one in family(self._process.pid):
            with suppress(psutil.NoSuchProcess):  # a worker that was about to end
                one.suspend()

    def _go_on(self) -> None:
        for one in family(self._process.pid):
            with suppress(psutil.NoSuchProcess):
                one.resume()


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Few batches, under a minute.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure an almost empty batch of the log query beside Spark's defaults."""
    warm, turns, batches = QUICK_LENGTH if quick else LENGTH
    with scratch_services() as (folder, services), both(services, folder) as sides:
        for side in sides:
            side.warm(warm)
        for _ in range(turns):
            for side in sides:
                side.turn(batches)
    report("micro_batch_overhead", figures(*sides), as_json, keep)


@contextmanager
def both(services: Services, folder: Path) -> Iterator[list[Side]]:
    """Within, both sides."""
    sides: list[Side] = []
    try:
        sides += [Side(name, services, folder) for name in SIDES]
        yield sides
    finally:
        for side in sides:
            side.end()


def figures(ours: Side, defaults: Side) -> list[Figure]:
    """Medians over turns and batches; the ratio of processor time is within a pair of turns."""
    pairs = zip(ours.costs, defaults.costs, strict=True)
    cpu = statistics.median(one.us / other.us for one, other in pairs)
    trigger = median(ours, TRIGGER) / median(defaults, TRIGGER)
    rows = [
        Figure("batches of each side", len(ours.parts), "", "", None),
        at_most("a batch, processor time, ours / defaults", round(cpu, 2), "", RATIO),
        at_most(f"a batch, {TRIGGER}, ours / defaults", round(trigger, 2), "", RATIO),
    ]
    for name, side in zip(SIDES, (ours, defaults), strict=True):
        ms = statistics.median(one.us / 1000 for one in side.costs)
        rows.append(Figure(f"{name}: processor time", round(ms, 1), "ms", "", None))
        rows += [
            Figure(f"{name}: {part}", median(side, part), "ms", "", None)
            for part in (TRIGGER, *PARTS)
        ]
    return rows


def median(side: Side, part: str) -> float:
    """Of a part of a batch, in milliseconds."""
    return statistics.median(one.get(part, 0) for one in side.parts)


if __name__ == "__main__":
    typer.run(main)

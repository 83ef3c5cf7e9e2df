"""What streaming costs: `python -m bench.streaming`.

A backlog of generated live ratings lies in a real broker. Three sides read all of it, alternately:
the streaming job (strict validation, event log, buckets in Redis, checkpoint), the same written
naively with Spark's defaults (`bench.naive`), and a bare consumer that decodes each value and drops
it (librdkafka and msgspec, the fastest that Python has). Compared is the processor time of all
processes of a side for each event, from the end of the first batch to the end of the last, so that
no side pays for Spark's start.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import confluent_kafka
import msgspec
import psutil
import typer

from bench.figures import Figure, at_most, save, show
from contracts.catalogue import save as save_catalogue
from contracts.clients import Admin
from contracts.clock import now_ms
from contracts.keys import Keys
from contracts.movielens.layouts import open_release
from contracts.movielens.rows import latest_second
from contracts.settings import Settings, child_environment
from contracts.store.connection import connect
from contracts.store.status import StatusStore
from contracts.store.trends import TrendStore
from contracts.topics import topic_configs
from producer import job
from producer.catalogue import build
from producer.generate import Shape, generate
from producer.options import Clock, Options
from tests.services import Origin, Services, running_services

PARTITIONS = 4
EVENTS, QUICK_EVENTS = 1_000_000, 150_000
ROUNDS, QUICK_ROUNDS = 3, 1
BACKLOG_S = 30
READ_WITHIN_S = 300
LOOK_EVERY_S = 0.05


class Seen(NamedTuple):
    """How far a side was at a moment, and what it had cost."""

    events: int
    cpu_s: float
    wall_s: float


class Cost(NamedTuple):
    """What reading some events took."""

    events: int
    cpu_s: float
    wall_s: float

    @property
    def us(self) -> float:
        """Microseconds of processor time for each event."""
        return self.cpu_s / self.events * 1e6


class NotRead(RuntimeError):
    """A side that did not come to the backlog's end."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events, one round.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--save", help="Keep the run in bench/results.")] = False,
) -> None:
    """Measure what streaming costs beside a bare consumer and beside the naive way."""
    events, rounds = (QUICK_EVENTS, QUICK_ROUNDS) if quick else (EVENTS, ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_services(folder, Origin.embedded) as services:
            settings = backlog(folder, services, events)
            costs: dict[str, list[Cost]] = {"ours": [], "naive": [], "bare": []}
            for n in range(rounds):
                costs["ours"].append(ours(settings, services, folder / f"ours{n}", events))
                costs["naive"].append(naive(settings, services, folder / f"naive{n}", events))
                costs["bare"].append(bare(settings, events))
    rows = figures(costs, events)
    show(rows, as_json)
    if keep:
        save("streaming", rows)


def backlog(folder: Path, services: Services, events: int) -> Settings:
    """A topic full of live ratings, and the catalogue that goes with them."""
    generate(folder / "set", Shape(6_988, 10_677, events, seed=1), lambda _: None)
    prefix = f"{uuid.uuid4().hex[:12]}."
    settings = Settings(
        kafka=services.kafka,
        redis_url=services.redis_url,
        kafka_client="confluent-kafka",
        topic_prefix=prefix,
        partitions=PARTITIONS,
        state=folder / "producer",
    )
    with closing(Admin(services.kafka)) as admin:
        admin.create(topic_configs(settings.topics, PARTITIONS))
    options = Options(
        folder / "set", "0%", "100%", None, None, None, Clock.now, 60, 0, allow_empty=False
    )
    job.send(options, settings, None, False, lambda: False, Silence())
    return settings


class Silence:
    """Shows nobody how a replay goes."""

    def reading(self, done: int, total: int) -> None:
        """Say nothing."""

    def replaying(self, ledger: object) -> None:
        """Say nothing."""


def ours(settings: Settings, services: Services, folder: Path, events: int) -> Cost:
    """The streaming job, with its log and its buckets."""
    mine = settings.model_copy(update={"state": folder, "key_prefix": f"{folder.name}:"})
    said = mine.model_dump(mode="json", exclude_none=True)
    variables = {f"REELSTREAM_{name.upper()}": str(value) for name, value in said.items()}
    variables |= {
        "REELSTREAM_CONNECTOR_JARS": str(services.connector_jars),
        "JAVA_HOME": str(services.java_home),
    }
    client, keys = connect(services.redis_url, timeout_s=5), Keys(mine.key_prefix)
    status, trends = StatusStore(client, keys), TrendStore(client, keys)

    def read() -> int:
        landed = int(status.read("streaming").get("landed", 0))
        return min(landed, sum(trends.reflected().values()))

    catalogue(mine, folder.parent / "set")
    command = [sys.executable, "-m", "reelstream", "streaming", "run"]
    return watched(command, child_environment(variables), folder, events, lambda _: read())


def catalogue(settings: Settings, release: Path) -> None:
    """The catalogue's file, which says each movie's genres."""
    settings.catalogue.parent.mkdir(parents=True, exist_ok=True)
    save_catalogue(settings.catalogue, build(open_release(release), latest_second(now_ms())))


def naive(settings: Settings, services: Services, folder: Path, events: int) -> Cost:
    """The naive way, which says itself how far it is."""
    words = [services.kafka, settings.topics.ratings, str(folder), str(services.connector_jars)]
    words += [services.redis_url, f"{folder.name}:", str(events)]
    command = [sys.executable, "-m", "bench.naive", *words]
    environment = child_environment({"JAVA_HOME": str(services.java_home)})

    def read(log: Path) -> int:
        told = log.read_text().split()
        numbers = [int(word) for word, before in zip(told[1:], told, strict=False)
                   if before in {"begun", "done"}]  # fmt: skip
        return max(numbers, default=0)

    return watched(command, environment, folder, events, read)


def watched(
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    events: int,
    read: Callable[[Path], int],
) -> Cost:
    """What a process and its children take from their first events to the last.

    Raises:
        NotRead: if it ends, or takes too long, before that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "said"
    with log.open("w") as out, (folder / "complaints").open("w") as errors:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=errors)
    first: Seen | None = None
    deadline = time.monotonic() + READ_WITHIN_S
    try:
        while (done := read(log)) < events:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotRead(f"{command[2:4]}: {(folder / 'complaints').read_text()[-800:]}")
            if done and first is None:
                first = Seen(done, cpu_s(process.pid), time.monotonic())
            time.sleep(LOOK_EVERY_S)
        if first is None:
            raise NotRead(f"{command[2:4]} read everything in one batch")
        last = Seen(done, cpu_s(process.pid), time.monotonic())
    finally:
        process.terminate()
        process.wait()
    return Cost(last.events - first.events, last.cpu_s - first.cpu_s, last.wall_s - first.wall_s)


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and all below it, those that have ended too."""
    spent = 0.0
    for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # who started it has its time by now
            spent += sum(one.cpu_times()[:4])
    return spent


def bare(settings: Settings, events: int) -> Cost:
    """A consumer that decodes each value, and drops it."""
    options = {"bootstrap.servers": settings.kafka, "group.id": uuid.uuid4().hex}
    consumer = confluent_kafka.Consumer(options)
    topic = settings.topics.ratings
    consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    consumer.consume(1, 30)
    read, decode = 1, msgspec.json.decode
    began_cpu_s, began_s = time.process_time(), time.monotonic()
    while read < events:
        some = consumer.consume(10_000, 1)
        for one in some:
            decode(one.value() or b"null")
        read += len(some)
    cost = Cost(read - 1, time.process_time() - began_cpu_s, time.monotonic() - began_s)
    consumer.close()
    return cost


def figures(costs: dict[str, list[Cost]], events: int) -> list[Figure]:
    """Medians over rounds, and ratios within a round."""
    us = {side: statistics.median(one.us for one in some) for side, some in costs.items()}
    rate = {
        side: statistics.median(one.events / one.wall_s for one in some)
        for side, some in costs.items()
    }

    def ratio(side: str) -> float:
        pairs = zip(costs["ours"], costs[side], strict=True)
        return round(statistics.median(one.us / other.us for one, other in pairs), 2)

    return [
        Figure("events of the backlog", events, "", "", None),
        *(Figure(f"{side}, processor time an event", round(us[side], 1), "µs", "", None)
          for side in costs),
        Figure("ours / bare consumer, processor time", ratio("bare"), "", "", None),
        Figure("ours / naive, processor time", ratio("naive"), "", "", None),
        *(Figure(f"{side}, events a second", round(rate[side]), "1/s", "", None)
          for side in costs),
        at_most("ours, log and buckets of a million events", round(1e6 / rate["ours"], 1), "s",
                BACKLOG_S),
    ]  # fmt: skip


if __name__ == "__main__":
    typer.run(main)

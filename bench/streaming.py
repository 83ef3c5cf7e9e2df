"""The cost of streaming: `python -m bench.streaming`.

A backlog of generated live ratings lies in a real broker. Three sides read all of it, alternately:
the streaming job (strict validation, event log, buckets in Redis, checkpoint), the same written
naively with Spark's defaults (`bench.naive_streaming`), and a bare consumer that decodes each value
and drops it (librdkafka and orjson, the fastest that Python has). Compares the processor time of
all processes of a side for each event, from the end of the first batch to the end of the last, so
that no side pays for Spark's start.
"""

import statistics
import subprocess
import sys
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import confluent_kafka
import orjson
import typer

from bench.benchmark_report import AsJson, Figure, Keep, at_most, report
from bench.cpu_timer import Cost, Since, cpu_s
from bench.fixtures import (
    PARTITIONS,
    STREAMING,
    keep_catalogue,
    prepared_settings,
    scratch_services,
)
from bench.replay_fixtures import replay_now
from contracts.process_status import StreamingStatus
from contracts.settings import Settings, child_environment
from harness.eventually import eventually
from harness.services import Services, environment_of
from redis_store.connection import connect
from redis_store.status import StatusStore
from redis_store.trends import TrendStore

EVENTS, QUICK_EVENTS = 1_000_000, 150_000
ROUNDS, QUICK_ROUNDS = 3, 1
BACKLOG_S = 30
READ_WITHIN_S = 300


class NotRead(RuntimeError):
    """A side that did not come to the backlog's end."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events, one round.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure what streaming costs beside a bare consumer and beside the naive way."""
    events, rounds = (QUICK_EVENTS, QUICK_ROUNDS) if quick else (EVENTS, ROUNDS)
    with scratch_services() as (folder, services):
        settings = prepared_settings(folder, services, events)
        replay_now(folder / "set", settings)
        costs: dict[str, list[Cost]] = {"ours": [], "naive": [], "bare": []}
        for n in range(rounds):
            mine = apart(settings, folder / f"ours{n}")
            costs["ours"].append(ours(mine, services, events))
            costs["naive"].append(naive(settings, services, folder / f"naive{n}", events))
            costs["bare"].append(bare(settings, events))
    report("streaming", figures(costs, events), as_json, keep)


def apart(settings: Settings, folder: Path) -> Settings:
    """The same topic, read by a job that has never run."""
    mine = settings.model_copy(update={"state": folder, "key_prefix": f"{folder.name}:"})
    keep_catalogue(mine, folder.parent / "set")
    return mine


def ours(settings: Settings, services: Services, events: int) -> Cost:
    """The streaming job, with its log and its buckets; it has ended after this."""
    client, keys = connect(services.redis_url, timeout_s=5), settings.keys
    status, trends = StatusStore(client, keys), TrendStore(client, keys)

    def read(_: Path) -> int:
        landed = status.read(StreamingStatus).landed or 0
        return min(landed, sum(trends.reflected().values()))

    variables = environment_of(settings, services.java_home)
    return watched([*STREAMING, "run"], variables, settings.state, events, read)


def naive(settings: Settings, services: Services, folder: Path, events: int) -> Cost:
    """The naive way, which says itself how far it is."""
    words = [services.kafka, settings.topics.ratings, str(folder), str(services.connector_jars)]
    words += [services.redis_url, f"{folder.name}:", str(events)]
    command = [sys.executable, "-m", "bench.naive_streaming", *words]
    variables = child_environment({"JAVA_HOME": str(services.java_home)})

    def read(log: Path) -> int:
        words_said = log.read_text().split()
        numbers = [int(word) for word, before in zip(words_said[1:], words_said, strict=False)
                   if before in {"begun", "done"}]  # fmt: skip
        return max(numbers, default=0)

    return watched(command, variables, folder, events, read)


def watched(
    command: list[str],
    variables: dict[str, str],
    folder: Path,
    events: int,
    read: Callable[[Path], int],
) -> Cost:
    """What a process and its children take from their first events to the last.

    Raises:
        NotRead: if it ends before that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "said"
    with log.open("w") as out, (folder / "complaints").open("w") as errors:
        process = subprocess.Popen(command, env=variables, stdout=out, stderr=errors)
    begun: list[tuple[int, Since]] = []

    def complaints() -> str:
        return f"{command[2:4]}: {(folder / 'complaints').read_text()[-800:]}"

    def all_read() -> int | None:
        if (done := read(log)) >= events:
            return done
        if process.poll() is not None:
            raise NotRead(complaints())
        if done and not begun:
            begun.append((done, Since(partial(cpu_s, process.pid))))
        return None

    try:
        done = eventually(all_read, READ_WITHIN_S, "everything read", told=complaints)
        if not begun:
            raise NotRead(f"{command[2:4]} read everything in one batch")
        ((first, began),) = begun
        return began.cost(done - first)
    finally:
        process.terminate()
        process.wait()


def bare(settings: Settings, events: int) -> Cost:
    """A consumer that decodes each value, and drops it."""
    options = {"bootstrap.servers": settings.kafka, "group.id": uuid.uuid4().hex}
    consumer = confluent_kafka.Consumer(options)
    topic = settings.topics.ratings
    consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    consumer.consume(1, 30)
    read, began = 1, Since()
    while read < events:
        some = consumer.consume(10_000, 1)
        for one in some:
            orjson.loads(one.value() or b"null")
        read += len(some)
    cost = began.cost(read - 1)
    consumer.close()
    return cost


def figures(costs: dict[str, list[Cost]], events: int) -> list[Figure]:
    """Medians over rounds, and ratios within a round."""
    us = {side: statistics.median(one.us for one in some) for side, some in costs.items()}
    rate = {side: statistics.median(one.per_s for one in some) for side, some in costs.items()}

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

"""Compares a replay with a bare loop of the same client, and measures how fast a release is sorted.

`python -m bench.producer`: both sides of a pair run alternately, each in a process of its own, into
the same broker, a fresh topic each; compares what they send per second of their own processor time.
The bare loop sends one constant event again and again; the replay makes each event, counts each
acknowledgement and keeps its ledger. Reading and sorting come before the clock of either, and are
measured by themselves, on 25 million generated ratings.
"""

import multiprocessing
import resource
import statistics
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import confluent_kafka
import typer
from kafka import KafkaProducer

from bench.benchmark_report import AsJson, Figure, Keep, at_least, at_most, report
from bench.cpu_timer import Cost, Since
from bench.replay_fixtures import Watching
from contracts.settings import KafkaClient, Settings
from contracts.topics import topic_configs
from harness.services import Origin, running_services
from kafka_clients import Admin
from movielens.release import open_release
from movielens.time_order import in_time_order
from producer import replay_job
from producer.generate import Shape, generate
from producer.replay_options import Clock, Options

PARTITIONS = 4
LATEST_S = 1_763_632_800
RATIO, RESIDENT_MIB = 0.75, 1024
EVENT = (
    b'{"v":1,"kind":"rated","event_id":"aa289ca8-3157-8595-8d0d-000000010466","user_id":429,'
    b'"movie_id":22,"rating":4.0,"rated_at":"1996-03-29T18:36:55.000Z"}'
)
SENT: dict[KafkaClient, int] = {"kafka-python": 150_000, "confluent-kafka": 600_000}
QUICK: dict[KafkaClient, int] = {"kafka-python": 40_000, "confluent-kafka": 150_000}
LARGE = Shape(users=162_541, movies=62_423, ratings=25_000_000, seed=1)
SMALL = Shape(users=6_988, movies=10_677, ratings=1_000_000, seed=1)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer records and ratings.")] = False,
    as_json: AsJson = False,
    keep: Keep = False,
) -> None:
    """Measure what a replay costs, and how fast a release is sorted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "small", SMALL, lambda _: None)
        with running_services(folder, Origin.embedded) as services:
            rows = sending(folder, services.kafka, QUICK if quick else SENT, 2 if quick else 5)
        if not quick:
            generate(folder / "large", LARGE, lambda _: None)
        rows += sorting(folder / ("small" if quick else "large"))
    report("producer", rows, as_json, keep)


def sending(folder: Path, kafka: str, counts: dict[KafkaClient, int], rounds: int) -> list[Figure]:
    """Both sides of each client, alternately."""
    rows: list[Figure] = []
    for library in get_args(KafkaClient):
        bare, ours = [], []
        for _ in range(rounds):
            bare.append(apart(bare_loop, library, kafka, counts[library]))
            ours.append(apart(replay, library, kafka, counts[library], folder))
        ratio = statistics.median(
            o.per_cpu_s / b.per_cpu_s for o, b in zip(ours, bare, strict=True)
        )
        rows += [
            at_least(f"{library}: replay / bare loop, per CPU-second", round(ratio, 2), "", RATIO),
            _median(f"{library}: bare loop", bare),
            _median(f"{library}: replay", ours),
            Figure(
                f"{library}: replay, by the wall clock",
                round(statistics.median(one.per_s for one in ours)),
                "1/s",
                "",
                None,
            ),
        ]
    return rows


def sorting(release: Path) -> list[Figure]:
    """Reading and sorting a release, in a process of its own."""
    cost, resident_mib = apart(ordered, release)
    return [
        Figure("read and sorted", cost.done, "ratings", "", None),
        Figure("read and sorted, a second", round(cost.per_s), "1/s", "", None),
        Figure("read and sorted, time", round(cost.wall_s, 1), "s", "", None),
        Figure("read and sorted, processor time", round(cost.cpu_s, 1), "s", "", None),
        at_most("read and sorted, memory at most", resident_mib, "MiB", RESIDENT_MIB),
    ]


def bare_loop(library: KafkaClient, kafka: str, count: int) -> Cost:
    """Send the constant event so often, and wait until all is acknowledged."""
    topic = _settings(library, kafka).topics.ratings
    bare = _bare_kafka_python if library == "kafka-python" else _bare_confluent
    return bare(kafka, topic, count)


def _bare_kafka_python(kafka: str, topic: str, count: int) -> Cost:
    producer = KafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        batch_size=65_536,
        compression_type="lz4",
    )
    began = Since()
    for n in range(count):
        producer.send(topic, key=b"429", value=EVENT, partition=n % PARTITIONS)
    producer.flush()
    cost = began.cost(count)
    producer.close()
    return cost


def _bare_confluent(kafka: str, topic: str, count: int) -> Cost:
    options = {
        "bootstrap.servers": kafka,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "batch.size": 65_536,
        "compression.type": "lz4",
        "queue.buffering.max.messages": count,
    }
    producer = confluent_kafka.Producer(options)
    producer.list_topics(topic, 10)
    began = Since()
    for n in range(count):
        producer.produce(topic, EVENT, b"429", n % PARTITIONS)
    producer.flush()
    return began.cost(count)


def replay(library: KafkaClient, kafka: str, count: int, folder: Path) -> Cost:
    """Replay so many rows as `reelstream producer replay` does, from the first that is sent."""
    options = Options(
        folder / "small", "0%", "100%", count, None, None, Clock.original, 60, 0, allow_empty=False
    )
    watching = Watching()
    settings = _settings(library, kafka).model_copy(update={"state": folder / uuid.uuid4().hex})
    ended = replay_job.send(options, settings, None, False, lambda: False, watching)
    assert ended is not None
    assert watching.began is not None
    return watching.began.cost(ended.next - watching.sent)


def ordered(release: Path) -> tuple[Cost, int]:
    """Read and sort a release; its cost, and the most MiB that this process held."""
    began = Since()
    with in_time_order(open_release(release), LATEST_S) as ratings:
        cost = began.cost(len(ratings))
        for _ in ratings.between(0, len(ratings)):
            pass
    return cost, round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


T = TypeVar("T")


def apart(function: Callable[..., T], *arguments: object) -> T:
    """What a function gives in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _settings(library: KafkaClient, kafka: str) -> Settings:
    """Settings with a new topic."""
    prefix = f"{uuid.uuid4().hex[:12]}."
    settings = Settings(kafka=kafka, kafka_client=library, topic_prefix=prefix)
    with closing(Admin(kafka)) as admin:
        admin.create(topic_configs(settings.topics, PARTITIONS))
    return settings


def _median(figure: str, costs: list[Cost]) -> Figure:
    value = statistics.median(one.per_cpu_s for one in costs)
    return Figure(figure, round(value), "1/CPU-s", "", None)


if __name__ == "__main__":
    typer.run(main)

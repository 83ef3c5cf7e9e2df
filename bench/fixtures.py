"""What benches share: processes, a Redis, new topics, generated ratings."""

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import confluent_kafka

from contracts.catalogue import save as save_catalogue
from contracts.clock import now_ms
from contracts.events import Event, encode
from contracts.partitioner import partition_of
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.eventually import eventually
from harness.killable_services import own_redis
from harness.services import Origin, Services, running_services
from kafka_clients import Admin
from movielens.rating_rows import latest_second
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from producer.build_catalogue import build
from producer.generate import Shape, generate
from redis_store.connection import connect
from redis_store.reader import ReadingStore

PARTITIONS = 4
REELSTREAM = [sys.executable, "-m", "reelstream"]
STREAMING = [*REELSTREAM, "streaming"]
USERS, MOVIES = 6_988, 10_677
WITHIN_S = 600


@contextmanager
def started(
    command: list[str], variables: dict[str, str], errors: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    """Within, a process."""
    with errors.open("w") as out:
        process = subprocess.Popen(command, env=variables, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def scratch_services() -> Iterator[tuple[Path, Services]]:
    """Within, an empty folder, and a Kafka and a Redis that answer."""
    with (
        tempfile.TemporaryDirectory() as name,
        running_services(Path(name), Origin.embedded) as services,
    ):
        yield Path(name), services


@contextmanager
def scratch_redis() -> Iterator[tuple[Path, str]]:
    """Within, an empty folder, and a Redis as the demo starts it, at this address."""
    with tempfile.TemporaryDirectory() as name, own_redis(Path(name)) as redis:
        yield Path(name), redis.address


def prepared_settings(
    folder: Path, services: Services, ratings: int, users: int = USERS, movies: int = MOVIES
) -> Settings:
    """New topics, and beside them a generated release in `folder/set` and its catalogue."""
    release = folder / "set"
    generate(release, Shape(users, movies, ratings, seed=1), lambda _: None)
    settings = with_topics(services, folder / "state")
    keep_catalogue(settings, release)
    return settings


def with_topics(services: Services, state: Path, partitions: int = PARTITIONS) -> Settings:
    """Settings with new topics, and with keys of their own."""
    name = uuid.uuid4().hex[:12]
    settings = Settings(
        kafka=services.kafka,
        redis_url=services.redis_url,
        kafka_client="confluent-kafka",
        topic_prefix=f"{name}.",
        key_prefix=f"{name}:",
        partitions=partitions,
        state=state,
        connector_jars=services.connector_jars,
    )
    with closing(Admin(services.kafka)) as admin:
        admin.create(topic_configs(settings.topics, partitions))
    return settings


def reflected(settings: Settings) -> int:
    """Records that histories reflect."""
    reader = ReadingStore(connect(settings.redis_url, 10), settings.keys)
    return sum(one.next_offset for one in reader.positions().values())


def appended(
    producer: confluent_kafka.Producer, settings: Settings, event: Event
) -> tuple[int, int]:
    """Send an event; partition and offset that it has got."""
    offsets: list[int] = []

    def delivered(_: object, message: confluent_kafka.Message) -> None:
        offsets.append(message.offset() or 0)

    partition, key = partition_of(event.user_id, settings.partitions), str(event.user_id).encode()
    producer.produce(settings.topics.ratings, encode(event), key, partition, on_delivery=delivered)

    def told() -> bool:
        producer.poll(0.001)
        return bool(offsets)

    eventually(told, WITHIN_S, "an acknowledgement", every_s=0)
    return partition, offsets[0]


def keep_catalogue(settings: Settings, release: Path) -> None:
    """The catalogue's file, which says each movie's genres."""
    settings.catalogue.parent.mkdir(parents=True, exist_ok=True)
    opened = open_release(release)
    kept = build(opened, read_metadata(opened), latest_second(now_ms()))
    save_catalogue(settings.catalogue, kept)

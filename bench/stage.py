"""What benches run on: processes, a Redis, new topics, generated ratings, a moment to wait for."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import confluent_kafka

from contracts.catalogue import save as save_catalogue
from contracts.clients import Admin
from contracts.clock import now_ms
from contracts.events import Event, encode
from contracts.movielens.layouts import open_release
from contracts.movielens.rows import latest_second
from contracts.settings import Settings, child_environment
from contracts.store.connection import connect
from contracts.store.reading import ReadingStore
from contracts.topics import partition_of, topic_configs
from producer.catalogue import build
from producer.generate import Shape, generate
from reelstream import redis_server
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor
from tests.services import Services, wait_for_redis

PARTITIONS = 4
REELSTREAM = [sys.executable, "-m", "reelstream"]
STREAMING = [*REELSTREAM, "streaming"]
USERS, MOVIES = 6_988, 10_677
WITHIN_S = 600


class Late(RuntimeError):
    """Something that did not come in time."""


def wait(done: Callable[[], bool], what: str, every_s: float = 0.05) -> None:
    """Return as soon as it is.

    Raises:
        Late: if it does not become so.
    """
    deadline = time.monotonic() + WITHIN_S
    while not done():
        if time.monotonic() > deadline:
            raise Late(f"no {what} within {WITHIN_S} s")
        time.sleep(every_s)


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
def own_redis(folder: Path) -> Iterator[str]:
    """Within, a Redis as the demo starts it, at this address."""
    supervisor, port = Supervisor(folder / "logs", lambda _: None), free_port()
    try:
        command = redis_server.prepare(folder, port)
        supervisor.start(Child("redis", command, child_environment({})))
        url = f"redis://127.0.0.1:{port}/0"
        wait_for_redis(url)
        yield url
    finally:
        supervisor.stop()


def settled(
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
    reader = ReadingStore(connect(settings.redis_url, 10), settings.keys, settings.partitions)
    return sum(one.next_offset for one in reader.positions().values())


def appended(
    producer: confluent_kafka.Producer, settings: Settings, event: Event
) -> tuple[int, int]:
    """Send an event; partition and offset that it has got."""
    offsets: list[int] = []

    def told(_: object, message: confluent_kafka.Message) -> None:
        offsets.append(message.offset() or 0)

    partition, key = partition_of(event.user_id, settings.partitions), str(event.user_id).encode()
    producer.produce(settings.topics.ratings, encode(event), key, partition, on_delivery=told)
    while not offsets:
        producer.poll(0.001)
    return partition, offsets[0]


def keep_catalogue(settings: Settings, release: Path) -> None:
    """The catalogue's file, which says each movie's genres."""
    settings.catalogue.parent.mkdir(parents=True, exist_ok=True)
    save_catalogue(settings.catalogue, build(open_release(release), latest_second(now_ms())))

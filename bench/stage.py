"""What the benches of streaming run on: a topic of generated live ratings, and the job's world."""

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
from contracts.topics import partition_of, topic_configs
from producer import job
from producer.catalogue import build
from producer.generate import Shape, generate
from producer.options import Clock, Options
from reelstream import redis_server
from reelstream.ports import free_port
from reelstream.supervisor import Child, Supervisor
from tests.services import Services, wait_for_redis

PARTITIONS = 4
STREAMING = [sys.executable, "-m", "reelstream", "streaming"]
USERS, MOVIES = 6_988, 10_677
WITHIN_S = 600


class Late(RuntimeError):
    """Something that did not come in time."""


class Silence:
    """Shows nobody how a replay goes."""

    def reading(self, done: int, total: int) -> None:
        """Say nothing."""

    def replaying(self, ledger: object) -> None:
        """Say nothing."""


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
    name = uuid.uuid4().hex[:12]
    settings = Settings(
        kafka=services.kafka,
        redis_url=services.redis_url,
        kafka_client="confluent-kafka",
        topic_prefix=f"{name}.",
        key_prefix=f"{name}:",
        partitions=PARTITIONS,
        state=folder / "state",
        connector_jars=services.connector_jars,
    )
    with closing(Admin(services.kafka)) as admin:
        admin.create(topic_configs(settings.topics, PARTITIONS))
    keep_catalogue(settings, release)
    return settings


def appended(producer: confluent_kafka.Producer, topic: str, event: Event) -> tuple[int, int]:
    """Send an event; partition and offset that it has got."""
    offsets: list[int] = []

    def told(_: object, message: confluent_kafka.Message) -> None:
        offsets.append(message.offset() or 0)

    partition, key = partition_of(event.user_id, PARTITIONS), str(event.user_id).encode()
    producer.produce(topic, encode(event), key, partition, on_delivery=told)
    while not offsets:
        producer.poll(0.001)
    return partition, offsets[0]


def keep_catalogue(settings: Settings, release: Path) -> None:
    """The catalogue's file, which says each movie's genres."""
    settings.catalogue.parent.mkdir(parents=True, exist_ok=True)
    save_catalogue(settings.catalogue, build(open_release(release), latest_second(now_ms())))


def replay_now(release: Path, settings: Settings) -> None:
    """Send all ratings of a release as if rated now, as fast as it goes."""
    options = Options(release, "0%", "100%", None, None, None, Clock.now, 60, 0, allow_empty=False)
    job.send(options, settings, None, False, lambda: False, Silence())

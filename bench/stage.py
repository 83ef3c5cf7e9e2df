"""What the benches of streaming run on: a topic of generated live ratings, and the job's world."""

import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from contracts.catalogue import save as save_catalogue
from contracts.clients import Admin
from contracts.clock import now_ms
from contracts.movielens.layouts import open_release
from contracts.movielens.rows import latest_second
from contracts.settings import Settings, child_environment
from contracts.topics import topic_configs
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


class Silence:
    """Shows nobody how a replay goes."""

    def reading(self, done: int, total: int) -> None:
        """Say nothing."""

    def replaying(self, ledger: object) -> None:
        """Say nothing."""


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


def settled(folder: Path, services: Services, ratings: int, users: int = USERS) -> Settings:
    """New topics, and beside them a generated release in `folder/set` and its catalogue."""
    release = folder / "set"
    generate(release, Shape(users, MOVIES, ratings, seed=1), lambda _: None)
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


def keep_catalogue(settings: Settings, release: Path) -> None:
    """The catalogue's file, which says each movie's genres."""
    settings.catalogue.parent.mkdir(parents=True, exist_ok=True)
    save_catalogue(settings.catalogue, build(open_release(release), latest_second(now_ms())))


def replay_now(release: Path, settings: Settings) -> None:
    """Send all ratings of a release as if rated now, as fast as it goes."""
    options = Options(release, "0%", "100%", None, None, None, Clock.now, 60, 0, allow_empty=False)
    job.send(options, settings, None, False, lambda: False, Silence())

"""The API in a process of its own, on a Redis that may be frozen and killed; and who asks it."""

import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.catalogue import Catalogue
from contracts.partitioner import partition_of
from contracts.settings import KafkaClient, Settings, child_environment
from contracts.topics import Identity
from harness.builders import AT_MS, history, made, model, ranked
from harness.eventually import eventually
from harness.killable_services import KillableService, own_redis
from harness.reelstream.command_runner import reelstream
from redis_store.catalogue import CatalogueStore
from redis_store.connection import connect
from redis_store.partition_position import Position
from redis_store.speed import Change, SpeedStore
from redis_store.topic import TopicStore
from redis_store.versions import VersionStore
from reelstream.ports import free_port
from tests.api.fakes import MOVIES

USER = 7


RATE = f"POST /users/{USER}/ratings"
BODY = b'{"movie_id": 1, "rating": 4}'


@dataclass(frozen=True)
class Answer:
    """How somebody fared who asked for a path, or `POST` and a path."""

    path: str
    head: str
    body: bytes
    seconds: float

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.head.split()[1])

    @property
    def degraded(self) -> bool:
        """Whether it says that it is."""
        return b'"degraded":true' in self.body

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def p90_s(answers: Sequence[Answer]) -> float:
    """What one in ten waits longer than: a busy machine makes fewer wait, a fault more."""
    return statistics.quantiles((one.seconds for one in answers), n=10)[-1]


def p99_s(answers: Sequence[Answer]) -> float:
    """What one in a hundred waits longer than."""
    return statistics.quantiles((one.seconds for one in answers), n=100)[-1]


@dataclass
class ApiProcess:
    """A running API and its Redis."""

    settings: Settings
    redis: KillableService
    api: "subprocess.Popen[bytes]"
    said: Path

    def listens(self) -> bool:
        """Whether anybody answers there."""
        return self.read("/health/live").status == 200

    def read(self, path: str) -> Answer:
        """One answer."""
        return asyncio.run(self._read_all([path], 1))[0]

    def load(self, paths: Sequence[str], seconds: float, each_second: int) -> list[Answer]:
        """Answers to readers who come at this rate, whatever those before them wait for."""
        count = round(seconds * each_second)
        asked = [paths[n % len(paths)] for n in range(count)]
        return asyncio.run(self._read_all(asked, each_second))

    async def _read_all(self, paths: Sequence[str], each_second: int) -> list[Answer]:
        began = time.monotonic()

        async def reader(n: int, path: str) -> Answer:
            await asyncio.sleep(began + n / each_second - time.monotonic())
            return await self._read(path)

        return await asyncio.gather(*(reader(n, path) for n, path in enumerate(paths)))

    async def _read(self, path: str) -> Answer:
        """Spelled out: an HTTP library takes more processor time than what is measured."""
        sent = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.api_port)
        writer.write(_request(path))
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        took = time.monotonic() - sent
        writer.close()
        return Answer(path, head.decode(), body, took)


def _request(path: str) -> bytes:
    """A GET, or a POST of a rating."""
    end = "HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
    if not path.startswith("POST "):
        return f"GET {path} {end}\r\n".encode()
    about = f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
    return f"{path} {end}{about}\r\n".encode() + BODY


@contextmanager
def serving(
    folder: Path, kafka: str | None = None, library: KafkaClient = "kafka-python"
) -> Iterator[ApiProcess]:
    """All of it running, with a catalogue, a model, and something that a person has said.

    Without a Kafka, nothing listens where it should be.
    """
    with own_redis(folder) as redis:
        settings = Settings(
            kafka=kafka or f"127.0.0.1:{free_port()}",
            kafka_client=library,
            redis_url=redis.address,
            state=folder / "state",
            api_port=free_port(),
        )
        fill(settings)
        environment, said = child_environment(settings.variables), folder / "said"
        with said.open("w") as log:
            api = subprocess.Popen(
                reelstream("api", "run"), env=environment, stdout=log, stderr=log
            )
        served = ApiProcess(settings, redis, api, said)
        try:
            eventually(served.listens, 60, "the API", excused=OSError)
            yield served
        finally:
            api.kill()
            api.wait()


def fill(settings: Settings) -> None:
    """Write what its reader finds, whose partition has a position."""
    client, keys = connect(settings.redis_url, timeout_s=5), settings.keys
    TopicStore(client, keys).claim(Identity("ours", "ratings", settings.partitions))
    partition = partition_of(USER, settings.partitions)
    lists = {(partition, USER): ranked(20, 30)}
    versions = VersionStore(client, keys)
    versions.publish(model(), made(1, lists))
    versions.activate(1, {partition: 0}, 1, AT_MS)
    speed = SpeedStore(client, keys)
    for one in range(settings.partitions):
        histories = {USER: history({10: 8})} if one == partition else {}
        speed.write(one, Change(0, Position(1, 1), histories))
    CatalogueStore(client, keys).write(Catalogue(MOVIES, []))

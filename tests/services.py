"""Kafka and Redis for the tests: through the code that the demo starts them with, or containers."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.clients import wait_for_broker
from contracts.settings import Settings, cache_folder, child_environment, from_environment
from contracts.store.connection import StoreError, connect
from reelstream import jars, kafka_server, redis_server
from reelstream.java import Java, find_java
from reelstream.ports import Ports, remembered_ports
from reelstream.supervisor import Child, Supervisor

STARTED_WITHIN_S = 60


class Origin(StrEnum):
    """Where Kafka and Redis come from; `compose` brings all of Reelstream with them."""

    embedded = "embedded"
    docker = "docker"
    compose = "compose"


@dataclass(frozen=True)
class Addresses:
    """Where Kafka and Redis are."""

    kafka: str
    redis_url: str


@dataclass(frozen=True)
class Services(Addresses):
    """Where the tests find what they run on."""

    java_home: Path
    connector_jars: Path


@contextmanager
def running_services(state: Path, origin: Origin) -> Iterator[Services]:
    """Kafka and Redis, answering; the jars that come with them are in the cache."""
    java = _java_with_jars(state)
    with embedded(state, java) if origin is Origin.embedded else _in_containers() as found:
        wait_for_redis(found.redis_url)
        wait_for_broker(found.kafka, STARTED_WITHIN_S)
        yield Services(found.kafka, found.redis_url, java.home, _jars_folder() / "connector")


@contextmanager
def embedded(state: Path, java: Java) -> Iterator[Addresses]:
    """Services from REELSTREAM_KAFKA and REELSTREAM_REDIS_URL, or embedded ones in `state`."""
    given = from_environment()
    ports = remembered_ports(state)
    supervisor = Supervisor(state / "logs", lambda _: None)
    kafka, redis_url = f"127.0.0.1:{ports.kafka}", f"redis://127.0.0.1:{ports.redis}/0"
    try:
        if "kafka" in given.model_fields_set:
            kafka = given.kafka
        else:
            _start_kafka(supervisor, java, state, ports)
        if "redis_url" in given.model_fields_set:
            redis_url = given.redis_url
        else:
            command = redis_server.prepare(state, ports.redis)
            supervisor.start(Child("redis", command, child_environment({})))
        yield Addresses(kafka, redis_url)
    finally:
        supervisor.stop()


def start_broker(supervisor: Supervisor, state: Path) -> Ports:
    """A broker of one's own, answering; in a folder where one has been it has its ports."""
    java, ports = _java_with_jars(state), remembered_ports(state)
    _start_kafka(supervisor, java, state, ports)
    wait_for_broker(f"127.0.0.1:{ports.kafka}", STARTED_WITHIN_S)
    return ports


def own_services(supervisor: Supervisor, state: Path) -> Services:
    """A broker and a Redis of one's own, answering: they may be killed."""
    java, ports = _java_with_jars(state), start_broker(supervisor, state)
    command = redis_server.prepare(state, ports.redis)
    supervisor.start(Child("redis", command, child_environment({})))
    redis_url = f"redis://127.0.0.1:{ports.redis}/0"
    wait_for_redis(redis_url)
    return Services(f"127.0.0.1:{ports.kafka}", redis_url, java.home, _jars_folder() / "connector")


def environment_of(settings: Settings, java_home: Path) -> dict[str, str]:
    """Settings as a child process reads them."""
    return child_environment(settings.variables | {"JAVA_HOME": str(java_home)})


def _start_kafka(supervisor: Supervisor, java: Java, state: Path, ports: Ports) -> None:
    command = kafka_server.prepare(java, _jars_folder() / "broker", state, ports)
    supervisor.start(Child("kafka", command, child_environment({})))


def _java_with_jars(state: Path) -> Java:
    """A Java; the jars that run on it are in the cache."""
    java = find_java(state)
    jars.fetch(java, _jars_folder(), lambda _: None, jars.locked())
    return java


def _jars_folder() -> Path:
    return cache_folder() / "jars"


def _in_containers() -> AbstractContextManager[Addresses]:
    from tests.containers import kafka_and_redis  # only who wants containers waits for this import

    return kafka_and_redis()


def wait_for_redis(url: str) -> None:
    """Return as soon as Redis answers."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            connect(url, timeout_s=1).ping()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return

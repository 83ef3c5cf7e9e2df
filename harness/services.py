"""Kafka and Redis for the tests: through the code that the demo starts them with, or containers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.settings import Settings, cache_folder, child_environment, from_environment
from harness.eventually import eventually
from kafka_clients import listening, wait_for_broker
from redis_store.connection import StoreError, connect
from reelstream import jars, kafka_command, redis_command
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
    java = java_with_jars(state)
    with _embedded(state) if origin is Origin.embedded else _in_containers() as found:
        wait_for_redis(found.redis_url)
        wait_for_broker(found.kafka, STARTED_WITHIN_S)
        yield Services(found.kafka, found.redis_url, java.home, connector_jars())


@contextmanager
def _embedded(state: Path) -> Iterator[Addresses]:
    """Services from REELSTREAM_KAFKA and REELSTREAM_REDIS_URL, or embedded ones in `state`."""
    given, ports = from_environment(), remembered_ports(state)
    kafka, redis_url = kafka_address(ports), redis_address(ports)
    with supervised(state) as supervisor:
        if "kafka" in given.model_fields_set:
            kafka = given.kafka
        else:
            supervisor.start(kafka_child(state, ports))
        if "redis_url" in given.model_fields_set:
            redis_url = given.redis_url
        else:
            supervisor.start(redis_child(state, ports))
        yield Addresses(kafka, redis_url)


@contextmanager
def supervised(state: Path) -> Iterator[Supervisor]:
    """Within, whoever starts processes that end at the end; their logs are in `state`."""
    supervisor = Supervisor(state / "logs", lambda _: None)
    try:
        yield supervisor
    finally:
        supervisor.stop()


def kafka_child(state: Path, ports: Ports) -> Child:
    """A broker as the demo has it, to be started."""
    command = kafka_command.prepare(java_with_jars(state), _jars_folder() / "broker", state, ports)
    return Child("kafka", command, child_environment({}))


def redis_child(state: Path, ports: Ports) -> Child:
    """A Redis as the demo has it, to be started."""
    return Child("redis", redis_command.prepare(state, ports.redis), child_environment({}))


def kafka_address(ports: Ports) -> str:
    """Where its clients find it."""
    return f"127.0.0.1:{ports.kafka}"


def redis_address(ports: Ports) -> str:
    """Where its clients find it."""
    return f"redis://127.0.0.1:{ports.redis}/0"


def broker_that_sends_to(address: str, supervisor: Supervisor, state: Path) -> int:
    """The port of a broker that names another address as its own (`advertised.listeners`)."""
    ports = remembered_ports(state)
    child = kafka_child(state, ports)
    properties = Path(child.command[-1])
    own = f"advertised.listeners=PLAINTEXT://{kafka_address(ports)}"
    text = properties.read_text()
    assert own in text
    properties.write_text(text.replace(own, f"advertised.listeners=PLAINTEXT://{address}"))
    supervisor.start(child)
    return ports.kafka


def environment_of(settings: Settings, java_home: Path) -> dict[str, str]:
    """Settings as a child process reads them."""
    return child_environment(settings.variables | {"JAVA_HOME": str(java_home)})


def java_with_jars(state: Path) -> Java:
    """A Java; the jars that run on it are in the cache."""
    java = find_java(state)
    jars.fetch(java, _jars_folder(), lambda _: None, jars.locked())
    return java


def connector_jars() -> Path:
    """The folder of Spark's jars for Kafka."""
    return _jars_folder() / "connector"


def _jars_folder() -> Path:
    return cache_folder() / "jars"


def _in_containers() -> AbstractContextManager[Addresses]:
    from harness.containers import kafka_and_redis  # whose import takes long

    return kafka_and_redis()


def wait_for_redis(url: str) -> None:
    """Return as soon as Redis answers."""
    eventually(
        lambda: connect(url, timeout_s=1).ping(),
        STARTED_WITHIN_S,
        f"Redis at {url}",
        excused=StoreError,
    )


def wait_for_listener(port: int) -> None:
    """Return as soon as something listens there."""
    address = f"127.0.0.1:{port}"
    eventually(lambda: listening(address), STARTED_WITHIN_S, f"a listener at {address}", 0.02)

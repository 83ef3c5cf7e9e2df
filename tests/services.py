"""Kafka and Redis for the tests, through the code that the demo starts them with."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.clients import wait_for_broker
from contracts.settings import cache_folder, child_environment, from_environment
from contracts.store.connection import StoreError, connect
from reelstream import jars, kafka_server, redis_server
from reelstream.java import find_java
from reelstream.ports import free_port, remembered_ports
from reelstream.supervisor import Child, Supervisor

STARTED_WITHIN_S = 60


@dataclass(frozen=True)
class Services:
    """Where the tests find what they run on."""

    kafka: str
    redis_url: str
    java_home: Path
    connector_jars: Path

    def free_port(self) -> int:
        """A port that nobody listens on."""
        return free_port()


@contextmanager
def running_services(state: Path) -> Iterator[Services]:
    """Services from REELSTREAM_KAFKA and REELSTREAM_REDIS_URL, or embedded ones in `state`."""
    given = from_environment()
    java = find_java(state)
    folder = cache_folder() / "jars"
    jars.fetch(java, folder, lambda _: None, jars.locked())
    ports = remembered_ports(state)
    supervisor = Supervisor(state / "logs", lambda _: None)
    kafka, redis_url = f"127.0.0.1:{ports.kafka}", f"redis://127.0.0.1:{ports.redis}/0"
    try:
        if "kafka" in given.model_fields_set:
            kafka = given.kafka
        else:
            command = kafka_server.prepare(java, folder / "broker", state, ports)
            supervisor.start(Child("kafka", command, child_environment({})))
        if "redis_url" in given.model_fields_set:
            redis_url = given.redis_url
        else:
            command = redis_server.prepare(state, ports.redis)
            supervisor.start(Child("redis", command, child_environment({})))
        wait_for_redis(redis_url)
        wait_for_broker(kafka, STARTED_WITHIN_S)
        yield Services(kafka, redis_url, java.home, folder / "connector")
    finally:
        supervisor.stop()


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

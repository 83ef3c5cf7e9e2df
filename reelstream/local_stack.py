"""Kafka, Redis and the processes of Reelstream on this machine, below one folder."""

import shutil
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.run_record import explicit
from contracts.settings import Settings, cache_folder, child_environment
from contracts.topics import configs, topic_configs
from kafka_clients import Admin, KafkaError, listening
from redis_store.connection import StoreError, connect, forget
from reelstream import jars, kafka_command, redis_command
from reelstream.java import Java, find_java
from reelstream.ports import Ports, remembered_ports
from reelstream.state_folder import StateFolder
from reelstream.supervisor import Child, Supervisor

TRAINER_NICE = 19


@dataclass
class LocalStack:
    """The services' addresses and a supervisor for everything that runs."""

    settings: Settings
    java: Java
    jars: Path
    ports: Ports
    supervisor: Supervisor
    given_kafka: bool
    given_redis: bool
    given: dict[str, Any] = field(default_factory=dict)
    """The settings that the environment names, as they are there."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every child: where the services and the folder are."""
        s = self.settings
        return child_environment(
            {
                "JAVA_HOME": str(self.java.home),
                "REELSTREAM_KAFKA": s.kafka,
                "REELSTREAM_REDIS_URL": s.redis_url,
                "REELSTREAM_STATE": str(s.state),
                "REELSTREAM_EVENT_LOG": s.event_log or "",
                "REELSTREAM_KEY_PREFIX": s.key_prefix,
                "TMPDIR": str(s.scratch / "tmp"),
                "REELSTREAM_CONNECTOR_JARS": str(self.jars / "connector"),
                # One BLAS thread a process: two cores are shared by all of them.
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            }
        )

    def stop(self) -> None:
        """Stop everything that was started; its temporary files go with it."""
        self.supervisor.stop()
        shutil.rmtree(self.settings.scratch, ignore_errors=True)

    def start_redis(self) -> None:
        """Start the embedded Redis, unless one is configured."""
        if self.given_redis:
            return
        command = redis_command.prepare(self.settings.state, self.ports.redis)
        self.supervisor.start(Child("redis", command, self.environment, service=True))

    def forget(self) -> None:
        """Delete this run's keys from a configured Redis."""
        if self.given_redis:
            with suppress(StoreError):  # what is away has no keys to forget
                forget(connect(self.settings.redis_url, timeout_s=5), self.settings.key_prefix)

    def start_kafka(self) -> None:
        """Start the embedded broker, unless one is configured."""
        if self.given_kafka:
            return
        folder = self.jars / "broker"
        command = kafka_command.prepare(self.java, folder, self.settings.state, self.ports)
        self.supervisor.start(Child("kafka", command, self.environment, service=True))

    def start(self, name: str, *arguments: str, nice: int = 0, once: bool = False) -> None:
        """Start one of Reelstream's own processes: a sub-command of `reelstream`."""
        command = [sys.executable, "-m", "reelstream", *arguments]
        environment = self.environment | self._metrics(name)
        self.supervisor.start(Child(name, command, environment, nice=nice, once=once))

    def _metrics(self, name: str) -> dict[str, str]:
        """Where a process that has metrics serves them; a port of the settings is streaming's."""
        ports = {
            "streaming": self.settings.metrics_port or self.ports.streaming_metrics,
            "speed": self.ports.speed_metrics,
        }
        return {"REELSTREAM_METRICS_PORT": str(ports[name])} if name in ports else {}

    def topics_created(self) -> bool:
        """Create the topics if the broker answers; whether it did.

        Raises:
            UnfitTopic: if an existing one is unsuitable.
        """
        if not listening(self.settings.kafka):
            return False
        try:
            with closing(Admin(self.settings.kafka)) as admin:
                admin.create(topic_configs(self.settings.topics, self.settings.partitions))
                admin.require_fit(configs(self.settings.topics))
        except (KafkaError, ConnectionError):  # killed as we spoke: it is being started again
            return False
        return True


def assemble(
    settings: Settings,
    state: Path,
    found: StateFolder,
    announce: Callable[[str], None],
    given_kafka: bool,
) -> LocalStack:
    """Find Java, jars, Redis and ports; nothing is started yet.

    Raises:
        NoJava, NoRedis, NoJars, BadJar: each says what is missing and what to do.
    """
    java = find_java(state)
    folder = cache_folder() / "jars"
    jars.fetch(java, folder, announce, jars.locked())
    ports = remembered_ports(state, [settings.api_port])
    given_redis = "redis_url" in settings.model_fields_set
    # An embedded broker and its log begin and end together.
    event_log = settings.event_log if given_kafka else None
    update = {"key_prefix": found.key_prefix, "state": state, "event_log": event_log}
    if not given_redis:
        update["redis_url"] = f"redis://127.0.0.1:{ports.redis}/0"
    if not given_kafka:
        update["kafka"] = f"127.0.0.1:{ports.kafka}"
    placed = settings.model_copy(update=update)
    shutil.rmtree(placed.scratch, ignore_errors=True)  # of a run that was killed
    (placed.scratch / "tmp").mkdir(parents=True)
    supervisor = Supervisor(state / "logs", announce)
    given = explicit(settings)
    return LocalStack(placed, java, folder, ports, supervisor, given_kafka, given_redis, given)

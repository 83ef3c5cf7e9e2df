"""Kafka and Redis in containers, of the images that docker-compose.yml names."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from harness.services import STARTED_WITHIN_S, Addresses
from reelstream.ports import free_port

KAFKA_IMAGE = "apache/kafka:4.1.0"
REDIS_IMAGE = "redis:7-alpine"
KAFKA_STARTED = "Kafka Server started"
"""What it logs; the engine listens at its port long before."""


@contextmanager
def kafka_and_redis() -> Iterator[Addresses]:
    """Containers on ports of this machine that are theirs until the end."""
    kafka, redis = free_port(), free_port()
    with _kafka(kafka), DockerContainer(REDIS_IMAGE).with_bind_ports(6379, redis):
        yield Addresses(f"127.0.0.1:{kafka}", f"redis://127.0.0.1:{redis}/0")


def _kafka(port: int) -> DockerContainer:
    """A broker; the port it is reached by must be known before it starts, because it names it."""
    return (
        DockerContainer(KAFKA_IMAGE)
        .with_bind_ports(9094, port)
        .with_envs(
            KAFKA_NODE_ID="1",
            KAFKA_PROCESS_ROLES="broker,controller",
            KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
            KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
            KAFKA_LISTENERS="EXTERNAL://:9094,CONTROLLER://:9093",
            KAFKA_ADVERTISED_LISTENERS=f"EXTERNAL://127.0.0.1:{port}",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            KAFKA_INTER_BROKER_LISTENER_NAME="EXTERNAL",
            KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
            KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
            KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS="1",
            KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
            KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
            KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
            KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE="8388608",
            KAFKA_HEAP_OPTS="-Xmx256m",
        )
        .waiting_for(LogMessageWaitStrategy(KAFKA_STARTED).with_startup_timeout(STARTED_WITHIN_S))
    )

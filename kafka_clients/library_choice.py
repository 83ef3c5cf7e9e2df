"""The choice between two Kafka libraries."""

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from contracts.process_exit import USAGE, Failure
from contracts.settings import KafkaClient
from kafka_clients import kafka_python
from kafka_clients.group_rejoin import RejoiningConsumer
from kafka_clients.interfaces import ConsumerClient, ProducerClient, RecordProducerClient


class NotInstalled(Failure):
    """The configured library is an optional extra that is not installed."""

    where = "REELSTREAM_KAFKA_CLIENT"
    what_to_do = "install the extra `fast`"
    code = USAGE


def connect_producer(
    library: KafkaClient, bootstrap: str, client_id: str, delivery_timeout_s: float
) -> ProducerClient:
    """A producer of this library.

    Raises:
        NotInstalled: if the library is not here.
        NoBroker: if no broker answers.
    """
    if library == "kafka-python":
        return kafka_python.Producer(bootstrap, client_id, delivery_timeout_s)
    _require_confluent()
    from kafka_clients import confluent  # only when it is asked for: it is an extra

    return confluent.Producer(bootstrap, client_id, delivery_timeout_s)


def record_producer(library: KafkaClient) -> Callable[[str, str, float], RecordProducerClient]:
    """What connects a producer of this library for single records.

    It takes the bootstrap servers, a client id, and the seconds after which an attempt to connect,
    or a record, is given up; it raises `NoBroker` if no broker answers.

    Raises:
        NotInstalled: if the library is not here.
    """
    if library == "kafka-python":
        return kafka_python.RecordProducer
    _require_confluent()
    from kafka_clients import confluent

    return confluent.RecordProducer


def join_group(
    library: KafkaClient, bootstrap: str, topic: str, group: str, begin_at: Callable[[int], int]
) -> ConsumerClient:
    """A group's member, by this library; `begin_at` says where an assigned partition begins.

    It rejoins by itself if its client fails to.

    Raises:
        NotInstalled: if the library is not here.
        NoBroker: if no broker answers.
    """
    return RejoiningConsumer(
        partial(_member(library), bootstrap, topic, group, begin_at), time.monotonic
    )


def _member(library: KafkaClient) -> Callable[..., ConsumerClient]:
    if library == "kafka-python":
        return kafka_python.GroupConsumer
    _require_confluent()
    from kafka_clients import confluent

    return confluent.GroupConsumer


def _require_confluent() -> None:
    if find_spec("confluent_kafka") is None:
        raise NotInstalled("confluent-kafka is not installed")

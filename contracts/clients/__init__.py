"""Kafka clients: the narrow interfaces that the rooms use, over kafka-python or confluent-kafka."""

from kafka.errors import KafkaError

from contracts.clients.admin import Admin, wait_for_broker
from contracts.clients.kafka_python import GroupConsumer, Producer, Tail
from contracts.clients.library import (
    Consuming,
    NotInstalled,
    Sending,
    connect_producer,
    join_group,
)
from contracts.clients.reaching import listening
from contracts.clients.records import (
    Batch,
    Consumed,
    Delivered,
    NoBroker,
    Outgoing,
    Settled,
    TooLarge,
    WrongTopic,
)

__all__ = [
    "Admin",
    "Batch",
    "Consumed",
    "Consuming",
    "Delivered",
    "GroupConsumer",
    "KafkaError",
    "NoBroker",
    "NotInstalled",
    "Outgoing",
    "Producer",
    "Sending",
    "Settled",
    "Tail",
    "TooLarge",
    "WrongTopic",
    "connect_producer",
    "join_group",
    "listening",
    "wait_for_broker",
]

"""Kafka clients: narrow interfaces over kafka-python or confluent-kafka."""

from kafka.errors import AuthorizationError, KafkaError

from contracts.broker_errors import NoBroker
from kafka_clients.admin import Admin, wait_for_broker
from kafka_clients.interfaces import (
    ConsumerClient,
    NotInstalled,
    ProducerClient,
    RecordProducerClient,
    acknowledged,
    connect_producer,
    join_group,
    record_producer,
)
from kafka_clients.kafka_python import GroupConsumer, PartitionReader, RecordProducer
from kafka_clients.reachability import listening
from kafka_clients.records import (
    Batch,
    Consumed,
    Delivered,
    NotAdvertised,
    OnDelivery,
    Outgoing,
    TooLarge,
    UnfitTopic,
    WrongTopic,
)

__all__ = [
    "Admin",
    "AuthorizationError",
    "Batch",
    "Consumed",
    "ConsumerClient",
    "Delivered",
    "GroupConsumer",
    "KafkaError",
    "NoBroker",
    "NotAdvertised",
    "NotInstalled",
    "OnDelivery",
    "Outgoing",
    "PartitionReader",
    "ProducerClient",
    "RecordProducer",
    "RecordProducerClient",
    "TooLarge",
    "UnfitTopic",
    "WrongTopic",
    "acknowledged",
    "connect_producer",
    "join_group",
    "listening",
    "record_producer",
    "wait_for_broker",
]

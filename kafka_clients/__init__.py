"""Kafka clients: narrow interfaces over kafka-python or confluent-kafka."""

from kafka.errors import AuthorizationError, KafkaError

from contracts.broker_errors import NoBroker
from kafka_clients.admin import Admin, wait_for_broker
from kafka_clients.errors import NotAdvertised, TooLarge, UnfitTopic, WrongTopic
from kafka_clients.interfaces import (
    ConsumerClient,
    ProducerClient,
    RecordProducerClient,
    acknowledged,
)
from kafka_clients.kafka_python import GroupConsumer, PartitionReader, RecordProducer
from kafka_clients.library_choice import NotInstalled, connect_producer, join_group, record_producer
from kafka_clients.reachability import listening
from kafka_clients.records import Batch, Consumed, Delivered, OnDelivery, Outgoing

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

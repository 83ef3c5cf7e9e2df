"""Producers and consumers over kafka-python."""

from kafka_clients.kafka_python.consumers import GroupConsumer, PartitionReader
from kafka_clients.kafka_python.producer import Producer
from kafka_clients.kafka_python.record_producer import RecordProducer

__all__ = ["GroupConsumer", "PartitionReader", "Producer", "RecordProducer"]

"""Producers and consumers over kafka-python."""

from kafka_clients.kafka_python.bulk_producer import Producer
from kafka_clients.kafka_python.consumers import GroupConsumer, PartitionReader
from kafka_clients.kafka_python.single_record_producer import RecordProducer

__all__ = ["GroupConsumer", "PartitionReader", "Producer", "RecordProducer"]

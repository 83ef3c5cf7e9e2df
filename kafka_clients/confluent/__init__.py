"""Producers and group consumer over confluent-kafka, the extra `fast`."""

from kafka_clients.confluent.bulk_producer import Producer
from kafka_clients.confluent.consumer import GroupConsumer
from kafka_clients.confluent.single_record_producer import RecordProducer

__all__ = ["GroupConsumer", "Producer", "RecordProducer"]

"""Producer and consumers over kafka-python."""

from contracts.clients.kafka_python.consumers import GroupConsumer, Tail
from contracts.clients.kafka_python.producer import Producer

__all__ = ["GroupConsumer", "Producer", "Tail"]

"""Producer and group consumer over confluent-kafka, the extra `fast`."""

from contracts.clients.confluent.consumer import GroupConsumer
from contracts.clients.confluent.producer import Producer

__all__ = ["GroupConsumer", "Producer"]

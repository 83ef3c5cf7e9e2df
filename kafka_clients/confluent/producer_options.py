"""The settings of both producers of confluent-kafka."""

from typing import Any

from contracts.topics import MAX_EVENT_BYTES
from kafka_clients.records import MAX_RECORD_BYTES


def producer_options(client_id: str, timeout_s: float) -> dict[str, Any]:
    """Options of an idempotent producer with acks=all that gives a record up after so long."""
    return {
        "client.id": client_id,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "batch.size": MAX_EVENT_BYTES,
        "message.max.bytes": MAX_RECORD_BYTES,
        "queue.buffering.max.messages": 0,  # no limit: it is the caller's to set
        "compression.type": "lz4",
        "delivery.timeout.ms": int(timeout_s * 1000),
        "partitioner": "murmur2_random",
        "allow.auto.create.topics": False,  # asking for one must not make it
    }

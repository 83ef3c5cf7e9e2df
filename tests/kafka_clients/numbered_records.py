"""Records by number, and all that is in a topic."""

from contextlib import closing

from harness.builders import PARTITIONS
from kafka_clients import Consumed, Outgoing, PartitionReader


def numbered(count: int, first: int = 0) -> list[Outgoing]:
    """Small records over all partitions in turn."""
    return [(b"%d" % i, b"value %d" % i, i % PARTITIONS) for i in range(first, first + count)]


def everything(kafka: str, topic: str) -> dict[int, list[Consumed]]:
    """All records of a topic, by partition, in offset order."""
    found: dict[int, list[Consumed]] = {p: [] for p in range(PARTITIONS)}
    with closing(PartitionReader(kafka, topic, dict.fromkeys(range(PARTITIONS), 0))) as tail:
        for partition, one in tail.to_end():
            found[partition].append(one)
    return found

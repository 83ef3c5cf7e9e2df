"""Every record of a topic, as the broker has it."""

from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

TIMEOUT_MS = 1000


class Row(NamedTuple):
    """A record with its place."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


def dump(bootstrap: str, topic: str) -> list[Row]:
    """The topic from its beginning to its ends of this moment, by partition and offset."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","), enable_auto_commit=False, group_id=None
    )
    try:
        places = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        rows: list[Row] = []
        while any(consumer.position(at) < ends[at] for at in places):
            polled = consumer.poll(timeout_ms=TIMEOUT_MS, max_records=10_000)
            rows += [
                Row(r.partition, r.offset, r.timestamp, r.key, r.value)
                for at, records in polled.items()
                for r in records
                if r.offset < ends[at]
            ]
    finally:
        consumer.close()
    return sorted(rows, key=lambda row: (row.partition, row.offset))

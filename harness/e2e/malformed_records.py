"""Everything that is no event, one to ten among good ones, as other programs would send it."""

import itertools
import random
import time
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import confluent_kafka

from contracts.events import Event, Kind, encode
from contracts.partitioner import partition_of
from contracts.topics import MAX_EVENT_BYTES
from harness.builders import PARTITIONS, wire
from harness.malformed_events import REFUSED

GOOD_EACH = 10
REPEATED = 0.05
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
LONG_AGO_MS, FAR_AHEAD_MS = 1, 4_070_908_800_000
MANY = tuple((f"h{n}", b"") for n in range(1000))


class Sent(NamedTuple):
    """A record as a client hands it over; the broker overwrites its time."""

    key: bytes | None
    value: bytes | None
    partition: int
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int = 0


def send_poison(kafka: str, topic: str, partitions: int = PARTITIONS) -> int:
    """Put it into the topic, by every codec that Kafka knows; how many records."""
    records, lost = list(mixed(partitions)), list[confluent_kafka.KafkaError]()
    for n, codec in enumerate(CODECS):
        producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": kafka,
                "compression.type": codec,
                "batch.size": 16_384,  # together they must not be larger than the topic takes
                "on_delivery": lambda error, _: lost.append(error) if error else None,
            }
        )
        for one in records[n :: len(CODECS)]:
            producer.produce(
                topic,
                one.value,
                one.key,
                one.partition,
                timestamp=one.timestamp_ms,
                headers=[*one.headers],
            )
        assert producer.flush(30) == 0
        producer.close()
    assert lost == []
    return len(records)


def mixed(partitions: int) -> Iterator[Sent]:
    """The bad ones in between the good ones."""
    good = good_ones(partitions)
    for one in bad_ones(partitions):
        yield from itertools.islice(good, GOOD_EACH)
        yield one


def bad_ones(partitions: int) -> Iterator[Sent]:
    """No events: by their value, by their key, by their partition."""
    user = (b"7", partition_of(7, partitions))
    for _, value in REFUSED.values():
        if value is None or len(value) < MAX_EVENT_BYTES - 100:  # the broker takes no larger ones
            yield Sent(user[0], value, user[1])
    for key in (None, b"", b"8", b"07", b"seven"):
        yield Sent(key, wire(), user[1])
    yield Sent(user[0], wire(), (user[1] + 1) % partitions)
    yield Sent(user[0], b"{", user[1], (("type", b"application/avro"),))


def good_ones(partitions: int) -> Iterator[Sent]:
    """Live ratings without end; some are sent twice, some with odd headers or times."""
    chance = random.Random(6)
    while True:
        now_ms = time.time_ns() // 1_000_000
        user, movie = chance.randint(1, 40), chance.randint(1, 30)
        age_ms = chance.choice([0, 59 * 60_000, 61 * 60_000])
        stars = chance.randint(1, 10)
        event_id = str(uuid.UUID(int=chance.getrandbits(128)))
        event = Event(Kind.rated, event_id, user, movie, stars, now_ms - age_ms)
        headers = chance.choice([(), (("x", b"y"),), MANY])
        at_ms = chance.choice([0, LONG_AGO_MS, FAR_AHEAD_MS])
        one = Sent(b"%d" % user, encode(event), partition_of(user, partitions), headers, at_ms)
        yield one
        if chance.random() < REPEATED:
            yield one

"""Topics, the partition of a user, and next-offsets.

Every stored offset is the *next* one to read. `NextOffsets` maps each partition to its next offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

NextOffsets = Mapping[int, int]

MAX_EVENT_BYTES = 65_536
"""The largest value that `ratings` takes; an event is about 200 bytes."""

MAX_PARTITIONS = 1000


@dataclass(frozen=True)
class Identity:
    """Which topic a log, ledger, checkpoint or artefact belongs to."""

    cluster_id: str
    topic_id: str
    partitions: int

    def __str__(self) -> str:
        return (
            f"topic {self.topic_id} of cluster {self.cluster_id} with {self.partitions} partitions"
        )


@dataclass(frozen=True)
class Topics:
    """The topics' names under one prefix, so that several installations can share a cluster."""

    prefix: str = ""

    @property
    def ratings(self) -> str:
        """The events, keyed by user; the truth."""
        return f"{self.prefix}ratings"

    @property
    def dead_letters(self) -> str:
        """Rejected records with their reason, keyed by position."""
        return f"{self.prefix}ratings.dlq"

    @property
    def retrain(self) -> str:
        """Retrain requests and decisions: one partition, kept forever."""
        return f"{self.prefix}retrain"


KEPT_FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
RATINGS_CONFIG = KEPT_FOR_EVER | {
    # The broker dates the record, so that nobody can put one into the past or the future.
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MAX_EVENT_BYTES),
    # Whatever a producer used, every consumer reads this one without another library.
    "compression.type": "lz4",
}


def topic_configs(topics: Topics, partitions: int) -> dict[str, tuple[int, dict[str, str]]]:
    """Partition count and configuration of every topic that Reelstream creates, by name."""
    return {
        topics.ratings: (partitions, RATINGS_CONFIG),
        topics.dead_letters: (1, KEPT_FOR_EVER),
        topics.retrain: (1, KEPT_FOR_EVER),
    }


def configs(topics: Topics) -> dict[str, dict[str, str]]:
    """Configuration of every topic, by name."""
    return {name: config for name, (_, config) in topic_configs(topics, 1).items()}


def to_change(found: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """The changes that a topic's configuration needs for Reelstream.

    Records must not expire, be compacted, or carry a time that their sender chose. Larger ones may
    be allowed, and how they are compressed is no matter.
    """
    return {
        name: value
        for name, value in wanted.items()
        if name != "compression.type" and not _will_do(name, found.get(name, ""), value)
    }


def _will_do(name: str, found: str, wanted: str) -> bool:
    if name == "max.message.bytes":
        return found.isdecimal() and int(found) >= int(wanted)
    return found == wanted


@lru_cache(maxsize=65_536)
def partition_of(user_id: int, partitions: int) -> int:
    """The partition of a user: Kafka's default partitioner over the decimal user id.

    Source: Kafka `BuiltInPartitioner.partitionForKey`; librdkafka calls it `murmur2_random`.
    """
    return (_murmur2(str(user_id).encode()) & 0x7FFF_FFFF) % partitions


def _murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 with its seed (`org.apache.kafka.common.utils.Utils.murmur2`)."""
    multiplier, mask = 0x5BD1_E995, 0xFFFF_FFFF
    h = 0x9747_B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * multiplier & mask
        k = (k ^ k >> 24) * multiplier & mask
        h = (h * multiplier & mask) ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * multiplier & mask
    h = (h ^ h >> 13) * multiplier & mask
    return h ^ h >> 15


def reached(position: NextOffsets, target: NextOffsets) -> bool:
    """Whether `position` covers everything below `target` in each of its partitions."""
    return all(position.get(p, 0) >= offset for p, offset in target.items())


def earlier(a: NextOffsets, b: NextOffsets) -> dict[int, int]:
    """The smaller next offset of each partition that either names; a missing one is 0."""
    return {p: min(a.get(p, 0), b.get(p, 0)) for p in sorted({*a, *b})}


def later(a: NextOffsets, b: NextOffsets) -> dict[int, int]:
    """The larger next offset of each partition that either names; a missing one is 0."""
    return {p: max(a.get(p, 0), b.get(p, 0)) for p in sorted({*a, *b})}


def events_between(older: NextOffsets, newer: NextOffsets) -> int:
    """How many records lie between two positions."""
    return sum(max(0, offset - older.get(p, 0)) for p, offset in newer.items())


def to_json_keys(offsets: NextOffsets) -> dict[str, int]:
    """Offsets as a JSON object, partitions in order."""
    return {str(p): offsets[p] for p in sorted(offsets)}


def from_json_keys(offsets: Mapping[str, int]) -> dict[int, int]:
    """The inverse of `to_json_keys`."""
    return {int(p): offset for p, offset in offsets.items()}

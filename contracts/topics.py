"""The topics: their names, configurations and identities."""

from collections.abc import Mapping
from dataclasses import dataclass

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

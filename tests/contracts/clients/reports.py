"""What a producer said of its records, and what is in a topic."""

from contextlib import closing
from dataclasses import dataclass, field

from contracts.clients import Consumed, Outgoing, Tail
from tests.builders import PARTITIONS


@dataclass
class Reports:
    """Counts of records, and the errors of those that were lost."""

    acknowledged: int = 0
    lost: int = 0
    errors: list[BaseException] = field(default_factory=list)

    def __call__(self, count: int, error: BaseException | None) -> None:
        if error is None:
            self.acknowledged += count
        else:
            self.lost += count
            self.errors.append(error)


def numbered(count: int, first: int = 0) -> list[Outgoing]:
    """Small records over all partitions in turn."""
    return [(b"%d" % i, b"value %d" % i, i % PARTITIONS) for i in range(first, first + count)]


def everything(kafka: str, topic: str) -> dict[int, list[Consumed]]:
    """All records of a topic, by partition, in offset order."""
    found: dict[int, list[Consumed]] = {p: [] for p in range(PARTITIONS)}
    with closing(Tail(kafka, topic, dict.fromkeys(range(PARTITIONS), 0))) as tail:
        for partition, one in tail.to_end():
            found[partition].append(one)
    return found

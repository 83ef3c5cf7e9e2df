"""The records of Kafka clients."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from contracts.event_parser import Record
from contracts.topics import MAX_EVENT_BYTES

Outgoing = tuple[bytes, bytes, int]
"""Key, value and partition of a record to send."""


class Batch(Protocol):
    """Records to send, made as they are taken: a list of millions would cost more than sending."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[Outgoing]:
        """Each of them, in order."""


OnDelivery = Callable[[int, BaseException | None], None]
"""Hears how many records were acknowledged, or lost to an error."""

MAX_RECORD_BYTES = MAX_EVENT_BYTES - 100
"""Key and value of the largest record that is sent; Kafka's own bytes count too.

What is larger is refused before it is sent: if the broker refuses a record, kafka-python fails
everything from then on.
"""


class Delivered(NamedTuple):
    """The position of a record in Kafka."""

    partition: int
    offset: int
    timestamp_ms: int


class Consumed(NamedTuple):
    """A record with its offset."""

    offset: int
    record: Record

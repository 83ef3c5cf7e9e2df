"""What the API stands on, built by the command line and handed in."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from api.shelf import Shelves
from contracts.clients import Delivered
from contracts.events import Event
from contracts.lists import RankedList
from contracts.reading import Found
from contracts.store.status import Story
from contracts.store.versions import Active
from contracts.trends import Activity, Bucket


class Reader(Protocol):
    """Histories, lists and totals; `contracts.store.reading.ReadingStore`."""

    def active(self) -> Active | None:
        """The pointer, or None before the first activation."""
        ...

    def look_up(self, user_id: int, active: Active | None) -> Found:
        """A user's history and list under the caller's pointer."""
        ...

    def popular(self, active: Active) -> RankedList | None:
        """The popular movies published with the active version."""
        ...

    def position(self, partition: int) -> int:
        """The next offset that a partition's keys reflect."""
        ...

    def total(self, movie_id: int) -> tuple[int, ...]:
        """How many users gave a movie each half-star value."""
        ...


class Trends(Protocol):
    """Buckets of trends and activity; `contracts.store.trends.TrendStore`."""

    def read(self, buckets: Sequence[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets."""
        ...

    def records(self, buckets: Sequence[Bucket]) -> list[int | None]:
        """How many records these buckets reflect."""
        ...

    def activity(self, buckets: Sequence[Bucket]) -> list[Activity]:
        """What happened in these buckets."""
        ...


class Status(Protocol):
    """Heartbeats and stories; `contracts.store.status.StatusStore`."""

    def read(self, process: str) -> dict[str, str]:
        """All fields of a process's status."""
        ...

    def write(self, process: str, fields: Mapping[str, str | int | float]) -> None:
        """Set these fields of a process's status."""
        ...

    def stories_after(self, last_id: str) -> list[tuple[str, Story]]:
        """Stories newer than an entry id, oldest first."""
        ...


class RatingWriter(Protocol):
    """Puts an event into Kafka and returns once Kafka has it."""

    def send(self, event: Event) -> Delivered:
        """The event's place.

        Raises:
            ConnectionError: if Kafka is away or refused it.
            TimeoutError: if it was not acknowledged in time; it may still arrive.
        """
        ...


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Services:
    """Everything outside that the API uses.

    Attributes:
        progress: the start-up checklist's file.
        stopping: whether the server was asked to stop, so that endless answers end.
    """

    reader: Reader
    trends: Trends
    status: Status
    writer: RatingWriter
    shelves: Shelves
    progress: Path
    stopping: Callable[[], bool]
    clock: Clock = field(default_factory=Clock)

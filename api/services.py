"""The services that the API uses, built by the command line and passed in."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from api.catalogue_index import CurrentCatalogue
from contracts.active_version import Active
from contracts.events import Event
from contracts.list_precedence import Found, Total
from contracts.process_status import P, ProcessStatus
from contracts.ranked_lists import RankedList
from contracts.trends import Activity, Bucket
from kafka_clients import Delivered
from redis_store.status import ListChange


class Reader(Protocol):
    """Histories, lists and totals; `redis_store.reader.ReadingStore`."""

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

    def total(self, movie_id: int) -> Total:
        """How many users gave a movie each half-star value."""
        ...


class Trends(Protocol):
    """Buckets of trends and activity; `redis_store.trends.TrendStore`."""

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
    """Heartbeats and list changes; `redis_store.status.StatusStore`."""

    def read(self, kind: type[P]) -> P:
        """What the process of this kind says; nothing of one that never spoke."""
        ...

    def write(self, status: ProcessStatus) -> None:
        """Replace what its process has said by this."""
        ...

    def list_changes_after(self, last_id: str) -> Sequence[tuple[str, ListChange | None]]:
        """List changes newer than an entry id, oldest first; None for one that is damaged."""
        ...


class CannotWrite(ConnectionError):
    """An event was not sent, and will not be: Kafka is away, or too many wait for it."""


class RatingWriter(Protocol):
    """Puts events into Kafka; `api.kafka_writer.KafkaWriter`."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is written at present, in words; None if all is well."""
        ...

    def send(self, event: Event) -> Future[Delivered]:
        """The event's place, once Kafka has it; returns at once.

        The future ends within seconds, with a ConnectionError if Kafka did not acknowledge the
        event: it may still arrive.

        Raises:
            CannotWrite: if it is not sent.
        """
        ...

    def running(self) -> AbstractContextManager[None]:
        """Within, events are sent."""
        ...


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


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
    catalogue: CurrentCatalogue
    progress: Path
    stopping: Callable[[], bool]
    clock: Clock = field(default_factory=Clock)

"""A Kafka in memory, a clock that moves when somebody sleeps, small ratings and catalogues."""

from dataclasses import dataclass, field

import numpy as np

from contracts.catalogue import Catalogue, Movie
from kafka_clients import Batch, OnDelivery, Outgoing
from movielens.rating_blocks import Ratings

ROW = "1,10,4.0,978300000\n"
"""A line of a file of ratings."""


@dataclass
class FakeSender:
    """Delivers a record at each `poll`, the rest at `flush`; some never, or with an error."""

    fails: dict[int, BaseException] = field(default_factory=dict)
    loses: set[int] = field(default_factory=set)
    per_poll: int = 1
    sent: list[Outgoing] = field(default_factory=list)
    waiting: list[tuple[int, OnDelivery]] = field(default_factory=list)

    def send_all(self, topic: str, records: Batch, on_delivery: OnDelivery) -> None:
        for one in records:
            self.waiting.append((len(self.sent), on_delivery))
            self.sent.append(one)

    def poll(self, timeout_s: float) -> None:
        self._deliver(self.per_poll)

    def flush(self) -> None:
        self._deliver(len(self.waiting))

    def _deliver(self, count: int) -> None:
        for number, on_delivery in self.waiting[:count]:
            if number not in self.loses:
                on_delivery(1, self.fails.get(number))
        del self.waiting[:count]


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps."""

    now: float = 50.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def ratings(count: int, first: int = 0, seconds_apart: int = 1) -> Ratings:
    """So many ratings by as many users."""
    number = np.arange(first, first + count)
    return Ratings(
        number,
        (number + 1).astype(np.int32),
        (number + 10).astype(np.int32),
        (number % 10 + 1).astype(np.uint8),
        978_300_000 + number * seconds_apart,
    )


def records(part: Ratings) -> list[Outgoing]:
    """A record per rating that says its row."""
    return [(b"key", b"%d" % row, 0) for row in part.row.tolist()]


def catalogue_of(*movies: int) -> Catalogue:
    """A catalogue of movies of which nothing but a title is known."""
    return Catalogue([Movie(n, f"Movie {n}", None, (), None, None, likes=0) for n in movies], [])

"""From sent to readable: ratings at a rate, some of them watched by whoever reads lists."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import confluent_kafka

from bench.fixtures import WITHIN_S, appended
from contracts.clock import now_ms
from contracts.events import Event, Kind
from contracts.settings import Settings
from harness.eventually import eventually
from redis_store.connection import connect
from redis_store.reader import ReadingStore

WATCHED_PER_S, WATCHERS, LOOK_EVERY_S = 20, 200, 0.002
LIKED = 10
"""Half-stars: somebody without a like has no list."""


Reflects = Callable[[int, int], bool]
"""Whether a person's list reflects the record at an offset of the person's partition."""


class Watched(NamedTuple):
    """Milliseconds from when a rating was due until Kafka had it, and until it was readable."""

    appended: float
    readable: float


def watched(
    settings: Settings, users: int, movies: Sequence[int], seconds: int, reflects: Reflects
) -> list[Watched]:
    """Send ratings for so many seconds, some a second.

    Each counts from when it was due, whether or not earlier ones are readable by then. Movies are
    those that the model knows: one like of them is enough for a list.
    """
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "linger.ms": 0})
    draw, began = random.Random(7), time.monotonic()

    def one(n: int) -> Watched:
        due = began + n / WATCHED_PER_S
        time.sleep(max(0.0, due - time.monotonic()))
        user, movie = draw.randint(1, users), draw.choice(movies)
        rating = Event(Kind.rated, str(uuid.uuid4()), user, movie, LIKED, now_ms())
        _, offset = appended(producer, settings, rating)
        appended_s = time.monotonic() - due
        eventually(lambda: reflects(user, offset), WITHIN_S, "list", LOOK_EVERY_S)
        return Watched(appended_s * 1000, (time.monotonic() - due) * 1000)

    with ThreadPoolExecutor(WATCHERS) as pool:
        return list(pool.map(one, range(seconds * WATCHED_PER_S)))


def through_reader(settings: Settings) -> Reflects:
    """Whether the list that the API's reader gets reflects a record."""
    reader = ReadingStore(connect(settings.redis_url, 10), settings.keys)

    def reflects(user: int, offset: int) -> bool:
        found = reader.look_up(user, reader.active())
        return found.ranked is not None and found.ranked.next_offset > offset

    return reflects

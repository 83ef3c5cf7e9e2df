"""Topics that are written by hand, and what part of them a user is in."""

import json

from harness.checker.event_validity import partition_of
from harness.checker.expected_state import truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import Row

PARTITIONS = 4
APPENDED_MS, DAY_MS = 1_763_632_800_000, 86_400_000
EVENT_ID = "0f5a3c1e-6f0e-5b3a-9c1d-0123456789ab"
GENRES = {10: ["Comedy", "Drama"], 20: ["Comedy"]}
USERS = (7, 8, 9, 11)
BATCH = 3
"""Records in what is called a batch or a file: the last ones of a partition."""


class Topic:
    """A topic that grows by hand."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, user: int, value: bytes, partition: int | None = None) -> None:
        key = str(user).encode()
        at = partition_of(key, PARTITIONS) if partition is None else partition
        offset = sum(row.partition == at for row in self.rows)
        self.rows.append(Row(at, offset, APPENDED_MS + len(self.rows), key, value))

    def rate(self, user: int, movie: int, rating: float, seconds_ago: int = 0) -> None:
        self.append(user, event(user, movie, seconds_ago, kind="rated", rating=rating))

    def truth(self) -> State:
        return truth_of(self.rows, PARTITIONS, GENRES)


def event(user: int, movie: int, seconds_ago: int = 0, **more: object) -> bytes:
    minutes, seconds = divmod(3600 - seconds_ago, 60)
    hour, minute = divmod(9 * 60 + minutes, 60)
    instant = f"2025-11-20T{hour:02d}:{minute:02d}:{seconds:02d}.000Z"
    whole = {"v": 1, "event_id": EVENT_ID, "user_id": user, "movie_id": movie, "rated_at": instant}
    return json.dumps(whole | more).encode()


def mixed_topic() -> Topic:
    """Ratings of four users, two other kinds of event, a late one and what is none."""
    topic = Topic()
    for n, user in enumerate(USERS * 3):
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
    topic.append(7, b"junk")
    topic.rate(7, 10, 5, seconds_ago=600)
    topic.append(8, event(8, 10, kind="retracted"))
    topic.append(9, event(9, 30, kind="dismissed"))
    return topic


def part_of(user: int) -> int:
    return partition_of(str(user).encode(), PARTITIONS)


PART = part_of(7)


def live_topic() -> Topic:
    """Ratings of four users, each of them sent twice; one of them is no event, one is old."""
    topic = Topic()
    for n, user in enumerate(USERS * 4):
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
        topic.rate(user, 10 * (1 + n % 2), 0.5 * (1 + n % 10), seconds_ago=60 - n)
    topic.append(7, b"junk")
    topic.rate(8, 10, 3, seconds_ago=3_660)
    return topic


def without_last(topic: Topic, partition: int, count: int) -> Topic:
    """The topic as it was so many records of a partition earlier."""
    shorter = Topic()
    end = sum(row.partition == partition for row in topic.rows) - count
    shorter.rows = [r for r in topic.rows if r.partition != partition or r.offset < end]
    return shorter

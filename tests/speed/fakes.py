"""The speed layer's stores, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from prometheus_client import CollectorRegistry

from contracts.histories import History
from contracts.lists import RankedList
from contracts.store.speed import Change, Position, PositionMoved, SpeedStore
from contracts.store.status import StatusStore, Story
from speed.freshness import Freshness
from speed.metrics import Metrics
from speed.worker import Worker
from tests.builders import AT_MS, PARTITIONS

NO_TOTAL = (0,) * 10


@dataclass
class Partition:
    """What is stored of one partition."""

    position: Position = field(default_factory=Position)
    histories: dict[int, History] = field(default_factory=dict)
    lists: dict[int, RankedList] = field(default_factory=dict)
    totals: dict[int, tuple[int, ...]] = field(default_factory=dict)
    touched: dict[int, int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)


class FakeSpeedStore(SpeedStore):
    """A store that keeps the same promises; proven equal by the contract suite."""

    def __init__(self) -> None:
        self._partitions: dict[int, Partition] = {}

    def position(self, partition: int) -> Position:
        position = self._of(partition).position
        return replace(position, next_offset=max(0, position.next_offset))

    def histories(self, partition: int, users: Iterable[int]) -> dict[int, History]:
        have = self._of(partition).histories
        return {user: have.get(user, History()) for user in users}

    def lists(self, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        have = self._of(partition).lists
        return {user: have[user] for user in users if user in have}

    def listed(self, version: int, partition: int, users: Iterable[int]) -> dict[int, RankedList]:
        return {}  # batch writes them, and there is none here

    def totals(self, partition: int, movies: Iterable[int]) -> dict[int, tuple[int, ...]]:
        have = self._of(partition).totals
        return {movie: have.get(movie, NO_TOTAL) for movie in movies}

    def write(self, partition: int, change: Change) -> None:
        one = self._of(partition)
        if one.position.next_offset != change.expected:
            raise PositionMoved(f"partition {partition} is at {one.position.next_offset}")
        one.position = change.position
        one.histories |= change.histories
        one.lists |= change.lists
        one.totals |= change.totals
        one.touched |= change.touched
        owed = {**one.owed, **change.owed}
        one.owed = {user: at for user, at in owed.items() if user not in change.lists}

    def begin_load(self, partition: int, fence: int) -> bool:
        if self._of(partition).position.next_offset > 0:
            return False
        self._partitions[partition] = Partition(Position(fence))
        return True

    def forget_positions(self, partitions: int) -> None:
        for one in self._partitions.values():
            one.position = Position()

    def owed(self, partition: int, limit: int) -> dict[int, int]:
        owed = self._of(partition).owed
        newest = sorted(owed, key=lambda user: (owed[user], str(user)), reverse=True)
        return {user: owed[user] for user in newest[:limit]}

    def count_owed(self, partition: int) -> int:
        return len(self._of(partition).owed)

    def follow_activation(self, partition: int, snapshot: int, oldest_kept: int) -> None:
        one = self._of(partition)
        owed = one.owed | {u: at for u, at in one.touched.items() if at >= snapshot}
        one.owed = {user: at for user, at in owed.items() if at >= snapshot}
        one.touched = {user: at for user, at in one.touched.items() if at >= oldest_kept}

    def empty(self) -> None:
        """As FLUSHALL does."""
        self._partitions = {}

    def take_over(self, other: "FakeSpeedStore") -> None:
        """As a restart with an older copy does."""
        self._partitions = other._partitions

    def _of(self, partition: int) -> Partition:
        return self._partitions.setdefault(partition, Partition())


class FakeStatus(StatusStore):
    """Statuses and stories, kept for looking at."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, str]] = {}
        self.stories: list[Story] = []

    def write(self, process: str, fields: Mapping[str, str | int | float]) -> None:
        self.said.setdefault(process, {}).update({k: str(v) for k, v in fields.items()})

    def read(self, process: str) -> dict[str, str]:
        return self.said.get(process, {})

    def tell(self, story: Story) -> None:
        self.stories.append(story)


def worker_on(store: SpeedStore, status: StatusStore | None = None, now_ms: int = AT_MS) -> Worker:
    """A worker on these stores, with metrics that nobody asks for; its clock stands."""
    metrics = Metrics(CollectorRegistry(), lambda: 0.0)
    return Worker(store, status or FakeStatus(), Freshness(), metrics, PARTITIONS, lambda: now_ms)

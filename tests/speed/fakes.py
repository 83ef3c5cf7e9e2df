"""The speed layer's stores, in memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from prometheus_client import CollectorRegistry

from contracts.histories import History
from contracts.process_status import ByPartitionAndBucket, P, SpeedStatus
from contracts.ranked_lists import RankedList
from harness.builders import AT_MS, PARTITIONS
from redis_store.partition_position import Position
from redis_store.speed import Change, PositionMoved, SpeedStore
from redis_store.status import ListChange, StatusStore
from speed.freshness import Freshness
from speed.metrics import Metrics
from speed.partition_worker import PartitionWorker

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

    def forget_position(self, partition: int) -> None:
        self._of(partition).position = Position()

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
    """Statuses and list changes, kept for looking at."""

    def __init__(self) -> None:
        self.said = SpeedStatus()
        self.said_by: dict[str, SpeedStatus] = {}
        self.list_changes: list[ListChange] = []

    def read(self, kind: type[P]) -> P:
        return self.said if isinstance(self.said, kind) else kind()

    def add_fresh(self, counts: ByPartitionAndBucket) -> None:
        self.said = SpeedStatus(fresh=dict(Counter(self.said.fresh) + Counter(counts)))

    def write_worker(self, worker_id: str, status: SpeedStatus) -> None:
        self.said_by[worker_id] = status

    def forget_worker(self, worker_id: str) -> None:
        self.said_by.pop(worker_id, None)

    def workers(self) -> dict[str, SpeedStatus]:
        return self.said_by

    def add_list_change(self, change: ListChange) -> None:
        self.list_changes.append(change)

    def drop_damaged_stories(self) -> None:
        """None can be."""


def worker_on(
    store: SpeedStore, status: StatusStore | None = None, now_ms: int = AT_MS
) -> PartitionWorker:
    """A worker on these stores, with metrics that nobody asks for; its clock stands."""
    metrics = Metrics(CollectorRegistry(), lambda: 0.0)
    return PartitionWorker(
        store, status or FakeStatus(), Freshness(), metrics, PARTITIONS, lambda: now_ms
    )

"""A worker of one partition, and what it writes to."""

from dataclasses import dataclass, field, replace

from contracts.active_version import Active
from contracts.partitioner import partition_of
from harness.builders import AT_MS, PARTITIONS, consumed, model
from recommender.fold_in import Folder
from redis_store.partition_position import Position
from redis_store.speed import SpeedStore
from speed.active_model import Live
from speed.live_quality import Popular
from speed.partition_worker import PartitionWorker
from tests.speed.fakes import FakeStatus

P = partition_of(7, PARTITIONS)
TOOK_MS = 40
LIVE = Live(Active(1, 3, None, {}, {}, AT_MS), Folder(model()), Popular(model()))


@dataclass
class ObservedWorker:
    """A worker with what it writes to."""

    worker: PartitionWorker
    store: SpeedStore
    status: FakeStatus
    live: Live = field(default_factory=lambda: replace(LIVE, popular=Popular(model())))

    def apply(self, *events: object, first: int, live: Live | None = LIVE, **more: bool) -> None:
        records, own = consumed(*events, first=first), self.live  # type: ignore[arg-type]
        self.worker.apply(P, records, own if live is LIVE else live, more.get("behind", False))

    @property
    def position(self) -> Position:
        """Without what lists are judged by."""
        return replace(self.store.position(P), judged={})

"""A job of the speed layer on one partition, of which each step is a second."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry

from contracts.active_version import Active
from contracts.artefact import Model
from contracts.partitioner import partition_of
from contracts.process_status import SpeedStatus
from event_log import Storage
from harness.builders import AT_MS, PARTITIONS, model
from kafka_clients import Consumed
from redis_store.connection import StoreError
from redis_store.partition_position import Position
from redis_store.speed import SpeedStore
from redis_store.versions import VersionStore
from speed.active_model import ActiveModel
from speed.freshness import Freshness
from speed.job import Job
from speed.metrics import Metrics
from speed.partition_positions import PartitionPositions
from speed.partition_worker import PartitionWorker
from tests.speed.fakes import FakeSpeedStore, FakeStatus

P = partition_of(7, PARTITIONS)


class OnePartition:
    """A consumer of one partition that holds these records."""

    def __init__(self, records: Sequence[Consumed]) -> None:
        self.records = list(records)
        self.offset = 0
        self.behind_by = 0
        self.taken_away = False
        self.confirmed_ago_s = 0.0
        self.sought: list[int] = []
        self.others: list[int] = []

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        some = [one for one in self.records if one.offset >= self.offset][:limit]
        self.offset = some[-1].offset + 1 if some else self.offset
        return {P: some} if some else {}

    def assigned(self) -> list[int]:
        return [] if self.taken_away else [P, *self.others]

    def seek(self, partition: int, offset: int) -> None:
        self.offset = offset
        self.sought.append(offset)

    def behind(self, partition: int) -> int:
        return self.behind_by

    def show_progress(self) -> None:
        pass

    def confirmed_s(self) -> float:
        return self.confirmed_ago_s

    def close(self) -> None:
        pass


class OneVersion(VersionStore):
    """A store whose active version can be changed."""

    def __init__(self) -> None:
        self.pointer: Active | None = None

    def active(self) -> Active | None:
        return self.pointer

    def model(self, version: int) -> Model:
        return model()


class Interrupted(FakeSpeedStore):
    """A store that is away for some calls of `position`."""

    def __init__(self) -> None:
        super().__init__()
        self.away_for = 0

    def position(self, partition: int) -> Position:
        if self.away_for:
            self.away_for -= 1
            raise StoreError("away")
        return super().position(partition)


class Running:
    """A job with what it works on; every step is a second."""

    def __init__(self, log: Storage, *records: Consumed, store: SpeedStore | None = None) -> None:
        self.consumer, self.store = OnePartition(records), Interrupted()
        self.versions, self.now = OneVersion(), 0.0
        self.kafka_listens, self.slept = True, list[float]()
        self.registry = CollectorRegistry()
        status, freshness = FakeStatus(), Freshness()
        metrics = Metrics(self.registry, lambda: self.now)
        used = store or self.store
        worker = PartitionWorker(used, status, freshness, metrics, PARTITIONS, lambda: AT_MS)
        active = ActiveModel(self.versions, lambda: self.now)
        self.claims = 0
        self.job = Job(
            self.claim,
            self.consumer,
            PartitionPositions(used, log, lambda: self.now),
            worker,
            active,
            status,
            freshness,
            metrics,
            "http://127.0.0.1:1/metrics",
            "me",
            lambda: self.kafka_listens,
            lambda: self.now,
            self.sleep,
            lambda: AT_MS,
        )

    def claim(self) -> None:
        self.claims += 1

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def step(self) -> None:
        self.now += 1
        self.job.step()

    def run(self, steps: int) -> None:
        """The loop, as a process runs it, for so many steps."""
        left = iter(range(steps))
        self.job.run(lambda: next(left, None) is None)

    def activate(self, activation: int, snapshot: int) -> None:
        self.versions.pointer = Active(activation, 1, None, {P: snapshot}, {P: snapshot}, AT_MS)

    @property
    def said(self) -> SpeedStatus:
        """What the worker's status says, and what all workers count."""
        status = self.job.status
        return status.read(SpeedStatus).joined(status.workers().get("me", SpeedStatus()))

    def value(self, name: str, **labels: str) -> float | None:
        """What Prometheus is told."""
        return self.registry.get_sample_value(f"reelstream_speed_{name}", labels)


Start = Callable[..., Running]

"""A job of the speed layer on one partition, of which each step is a second."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry

from contracts.artefact import Model
from contracts.clients import Consumed
from contracts.eventlog import Place
from contracts.store.connection import StoreError
from contracts.store.speed import Position
from contracts.store.versions import Active, VersionStore
from contracts.topics import partition_of
from speed.freshness import Freshness
from speed.job import Job
from speed.metrics import Metrics
from speed.models import ActiveModel
from speed.places import Places
from speed.worker import Worker
from tests.builders import AT_MS, PARTITIONS, model
from tests.speed.fakes import FakeSpeedStore, FakeStatus

P = partition_of(7, PARTITIONS)


class OnePartition:
    """A consumer of one partition that holds these records."""

    def __init__(self, records: Sequence[Consumed]) -> None:
        self.records = list(records)
        self.place = 0
        self.behind_by = 0
        self.taken_away = False
        self.sought: list[int] = []
        self.others: list[int] = []

    def poll(self, timeout_s: float, limit: int) -> dict[int, list[Consumed]]:
        some = [one for one in self.records if one.offset >= self.place][:limit]
        self.place = some[-1].offset + 1 if some else self.place
        return {P: some} if some else {}

    def assigned(self) -> list[int]:
        return [] if self.taken_away else [P, *self.others]

    def seek(self, partition: int, offset: int) -> None:
        self.place = offset
        self.sought.append(offset)

    def behind(self, partition: int) -> int:
        return self.behind_by

    def show_progress(self) -> None:
        pass

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

    def __init__(self, log: Place, *records: Consumed) -> None:
        self.consumer, self.store = OnePartition(records), Interrupted()
        self.versions, self.now = OneVersion(), 0.0
        self.kafka_listens, self.slept = True, list[float]()
        self.registry = CollectorRegistry()
        status, freshness = FakeStatus(), Freshness()
        metrics = Metrics(self.registry, lambda: self.now)
        worker = Worker(self.store, status, freshness, metrics, PARTITIONS, lambda: AT_MS)
        active = ActiveModel(self.versions, lambda: self.now)
        self.job = Job(
            Places(self.consumer, self.store, log),
            worker,
            active,
            status,
            freshness,
            metrics,
            "http://127.0.0.1:1/metrics",
            lambda: self.kafka_listens,
            lambda: self.now,
            self.sleep,
            lambda: AT_MS,
        )

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
    def said(self) -> dict[str, str]:
        """What the status says."""
        return dict(self.job.status.read("speed"))

    def value(self, name: str, **labels: str) -> float | None:
        """What Prometheus is told."""
        return self.registry.get_sample_value(f"reelstream_speed_{name}", labels)


Start = Callable[..., Running]

"""The speed layer's loop: live events first, owed lists in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.clients import Consumed, NoBroker
from contracts.store.speed import PositionMoved
from contracts.store.status import StatusStore
from contracts.store.versions import Active
from speed.change import stretches
from speed.freshness import Freshness
from speed.metrics import Metrics, Standing
from speed.models import ActiveModel, Live
from speed.patience import Patience
from speed.places import Places
from speed.worker import Worker

CALL_RECORDS = 100
"""Records in one script call, about: 4 ms of Redis."""
POLL_RECORDS = 500
BACKLOG = 1000
"""Records behind from which histories go first and lists are owed."""
SETTLE = 20
"""Owed lists made before the next look at live events: 6 ms. Fewer cost more each, by a call."""
HEARTBEAT_S = 1.0


@dataclass
class Job:
    """What the loop runs on; clocks, sleep and the stop signal are passed in.

    `kafka_listens` says whether a broker is there: a consumer says nothing while it is away.
    `metrics_at` is the address of its metrics; empty if they are not served.
    """

    places: Places
    worker: Worker
    model: ActiveModel
    status: StatusStore
    freshness: Freshness
    metrics: Metrics
    metrics_at: str
    kafka_listens: Callable[[], bool]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    now_ms: Callable[[], int]
    _spoke_at: float = field(default=float("-inf"), init=False)
    _following: Active | None = field(default=None, init=False)
    _settled_last: int = field(default=-1, init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Loop until told to stop.

        Raises:
            StoreError, NoBroker: if Redis or Kafka has been away for a minute.
        """
        patience = Patience(self.monotonic, self.sleep)
        while not stopping():
            with patience:
                self.step()

    def step(self) -> None:
        """Follow the model, apply what has come, settle a few debts, say how it goes."""
        self.model.noticed()
        self.places.seek_unsure()
        self._follow_activation()
        busy = self._load() or self._settle()
        polled = self.places.consumer.poll(0.0 if busy else 0.05, POLL_RECORDS)
        for partition in self.places.begun(polled):
            for part in stretches(polled[partition], CALL_RECORDS):
                if not self._applied(partition, part):
                    break
        self._heartbeat()

    def _applied(self, partition: int, part: Sequence[Consumed]) -> bool:
        """Apply a stretch, or seek to where the partition really stands; whether it was applied."""
        try:
            behind = self._is_backlog(partition, part[0].offset)
            self.worker.apply(partition, part, self.model.live, behind)
        except PositionMoved:
            self.places.refused(partition, part[0].offset)
            return False
        self.places.applied(partition, part[-1].offset + 1)
        return True

    def _is_backlog(self, partition: int, offset: int) -> bool:
        """Whether histories go first; what is read again has been seen, told and measured."""
        again = self.places.is_again(partition, offset)
        return again or self.places.consumer.behind(partition) > BACKLOG

    def _follow_activation(self) -> None:
        live = self.model.live
        if live is None or (live.active == self._following and not self.places.renewed):
            return  # a partition that has begun anew may owe lists to the live version
        self._following, self.places.renewed = live.active, False
        self.metrics.follows(live.active.version)
        snapshot, oldest = live.active.snapshot, live.active.oldest_snapshot
        for p in self.places.consumer.assigned():
            self.worker.store.follow_activation(p, snapshot.get(p, 0), oldest.get(p, 0))

    def _load(self) -> bool:
        """Write the next part of what is loaded; whether there was one."""
        loading = self.places.load_on()
        if loading:
            self.metrics.progressed()
        return loading

    def _settle(self) -> bool:
        live = self.model.live
        if live is None:
            return False
        idle = [p for p in self.places.settled() if self.places.consumer.behind(p) <= BACKLOG]
        in_turn = sorted(idle, key=lambda p: (p <= self._settled_last, p))
        return any(self._settle_partition(p, live) for p in in_turn)

    def _settle_partition(self, partition: int, live: Live) -> bool:
        self._settled_last = partition
        try:
            return self.worker.settle(partition, live, SETTLE) > 0
        except PositionMoved:
            self.places.seek(partition)
            return False

    def _heartbeat(self) -> None:
        now = self.monotonic()
        if now - self._spoke_at < HEARTBEAT_S:
            return
        if not self.kafka_listens():
            raise NoBroker("Kafka does not answer any more")
        self.places.go_back()
        self._tell({p: self._standing(p) for p in self.places.consumer.assigned()})
        self.places.consumer.show_progress()
        self._spoke_at = now

    def _standing(self, partition: int) -> Standing:
        return Standing(
            next_offset=self.places.next_offset(partition),
            behind=self.places.consumer.behind(partition),
            owed=self.worker.store.count_owed(partition),
        )

    def _tell(self, standings: Mapping[int, Standing]) -> None:
        self.metrics.stand(standings)
        behind = {f"behind:{p}": one.behind for p, one in standings.items()}
        fresh = self.freshness.fields(self.status.read("speed"))
        self.status.write(
            "speed",
            {"heartbeat_ms": self.now_ms(), "metrics": self.metrics_at, **behind, **fresh},
        )
        self.freshness.told()

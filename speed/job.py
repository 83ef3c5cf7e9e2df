"""The speed layer's loop: live events first, owed lists in between."""

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.clients import Consumed, Consuming
from contracts.store.speed import PositionMoved
from contracts.store.status import StatusStore
from contracts.store.versions import Active
from speed.change import OffsetGap
from speed.freshness import Freshness
from speed.models import ActiveModel
from speed.worker import Worker

CALL_RECORDS = 100
"""Records in one script call: about 4 ms of Redis."""
POLL_RECORDS = 500
BACKLOG = 1000
"""Records behind from which histories go first and lists are owed."""
SETTLE = 20
"""Owed lists made before the next look at live events."""
HEARTBEAT_S = 1.0


@dataclass
class Job:
    """What the loop runs on; clocks and the stop signal are passed in."""

    consumer: Consuming
    worker: Worker
    model: ActiveModel
    status: StatusStore
    freshness: Freshness
    monotonic: Callable[[], float]
    now_ms: Callable[[], int]
    _spoke_at: float = field(default=float("-inf"), init=False)
    _following: Active | None = field(default=None, init=False)
    _sought: dict[int, int] = field(default_factory=dict, init=False)
    _reached: dict[int, int] = field(default_factory=dict, init=False)
    _again_to: dict[int, int] = field(default_factory=dict, init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Loop until told to stop. Store and broker errors end it: the position knows the rest."""
        while not stopping():
            self.step()

    def step(self) -> None:
        """Follow the model, apply what has come, settle a few debts, say how it goes."""
        self.model.noticed()
        self._follow_activation()
        owing = self._settle()
        for partition, records in self.consumer.poll(0.0 if owing else 0.05, POLL_RECORDS).items():
            for i in range(0, len(records), CALL_RECORDS):
                if not self._applied(partition, records[i : i + CALL_RECORDS]):
                    break
        self._heartbeat()

    def begin_at(self, partition: int) -> int:
        """Where an assigned partition begins: the position in the store is the truth.

        Without a position, because it is new or because the store was emptied, the partition is
        loaded from the topic's beginning.
        """
        self._following = None  # a partition that comes to us may owe lists to the live version
        position = self.worker.store.position(partition).next_offset
        if not position:
            self.worker.store.clear(partition)
        seen = self._again_to.get(partition, 0), self._reached.get(partition, 0)
        self._again_to[partition], self._reached[partition] = max(seen), position
        return position

    def _is_backlog(self, partition: int, part: list[Consumed]) -> bool:
        """Whether histories go first; what is read again has been seen, told and measured."""
        again = part[0].offset < self._again_to.get(partition, 0)
        return again or self.consumer.behind(partition) > BACKLOG

    def _applied(self, partition: int, part: list[Consumed]) -> bool:
        """Apply a stretch, or seek to where the partition really stands; whether it was applied.

        Raises:
            OffsetGap: if the topic does not hold what the position asks for.
        """
        try:
            behind = self._is_backlog(partition, part)
            self.worker.apply(partition, part, self.model.live, behind)
        except PositionMoved:
            if part[0].offset > self._sought.get(partition, part[0].offset):
                wanted = self._sought[partition]
                raise OffsetGap(f"partition {partition} has no offset {wanted}") from None
            self._seek(partition)
            return False
        self._sought.pop(partition, None)
        self._reached[partition] = part[-1].offset + 1
        return True

    def _seek(self, partition: int) -> None:
        self._sought[partition] = self.begin_at(partition)
        self.consumer.seek(partition, self._sought[partition])

    def _follow_activation(self) -> None:
        live = self.model.live
        if live is None or live.active == self._following:
            return
        self._following = live.active
        snapshot, oldest = live.active.snapshot, live.active.oldest_snapshot
        for p in self.consumer.assigned():
            self.worker.store.follow_activation(p, snapshot.get(p, 0), oldest.get(p, 0))

    def _settle(self) -> bool:
        live = self.model.live
        if live is None:
            return False
        assigned = self.consumer.assigned()
        idle = [p for p in assigned if self.consumer.behind(p) <= BACKLOG]
        return sum(self._settle_partition(p) for p in idle) > 0

    def _settle_partition(self, partition: int) -> int:
        assert self.model.live is not None
        try:
            return self.worker.settle(partition, self.model.live, SETTLE // 4)
        except PositionMoved:
            self._seek(partition)
            return 0

    def _go_back(self) -> None:
        """Read again what the store has lost: nobody else would notice before the next event."""
        for p in self.consumer.assigned():
            if self.worker.store.position(p).next_offset < self._reached.get(p, 0):
                self._seek(p)

    def _heartbeat(self) -> None:
        now = self.monotonic()
        if now - self._spoke_at < HEARTBEAT_S:
            return
        self._spoke_at = now
        self._go_back()
        behind = sum(self.consumer.behind(p) for p in self.consumer.assigned())
        said = {"heartbeat_ms": self.now_ms(), "behind": behind}
        self.status.write("speed", said | self.freshness.fields())
        self.consumer.show_progress()

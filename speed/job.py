"""The speed layer's loop: live events first, owed lists in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from contracts.clients import Consumed, Consuming
from contracts.eventlog import Place, ends
from contracts.store.speed import Change, PositionMoved, new_fence
from contracts.store.status import StatusStore
from contracts.store.versions import Active
from speed.change import OffsetGap
from speed.freshness import Freshness
from speed.loading import changes
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
    event_log: Place
    monotonic: Callable[[], float]
    now_ms: Callable[[], int]
    _spoke_at: float = field(default=float("-inf"), init=False)
    _following: Active | None = field(default=None, init=False)
    _sought: dict[int, int] = field(default_factory=dict, init=False)
    _reached: dict[int, int] = field(default_factory=dict, init=False)
    _again_to: dict[int, int] = field(default_factory=dict, init=False)
    _loads: dict[int, Iterator[Change]] = field(default_factory=dict, init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Loop until told to stop. Store and broker errors end it: the position knows the rest."""
        while not stopping():
            self.step()

    def step(self) -> None:
        """Follow the model, apply what has come, settle a few debts, say how it goes."""
        self.model.noticed()
        self._follow_activation()
        busy = self._load_on() or self._settle()
        for partition, records in self.consumer.poll(0.0 if busy else 0.05, POLL_RECORDS).items():
            if partition not in self._loads:  # else it is sought anew once it is loaded
                self._apply(partition, records)
        self._heartbeat()

    def begin_at(self, partition: int) -> int:
        """Where an assigned partition begins: the position in the store is the truth.

        Without a position, because it is new or because the store was emptied, the partition is
        loaded from the event log, and the topic read from where that ends.
        """
        self._following = None  # a partition that comes to us may owe lists to the live version
        self._loads.pop(partition, None)
        position = self._position_or_load(partition)
        seen = self._again_to.get(partition, 0), self._reached.get(partition, 0)
        self._again_to[partition], self._reached[partition] = max(seen), position
        return position

    def _position_or_load(self, partition: int) -> int:
        store = self.worker.store
        while not (position := store.position(partition).next_offset):
            end = ends(self.event_log).get(partition, 0)
            fence = new_fence() if end else 0
            if store.begin_load(partition, fence):
                if end:
                    self._loads[partition] = changes(self.event_log, partition, end, fence)
                return end
        return position

    def _is_backlog(self, partition: int, part: list[Consumed]) -> bool:
        """Whether histories go first; what is read again has been seen, told and measured."""
        again = part[0].offset < self._again_to.get(partition, 0)
        return again or self.consumer.behind(partition) > BACKLOG

    def _load_on(self) -> bool:
        """Write the next part of a partition that is being loaded; whether there was one."""
        assigned = self.consumer.assigned()
        self._loads = {p: left for p, left in self._loads.items() if p in assigned}
        for partition, left in self._loads.items():
            try:
                for change in islice(left, 1):
                    self.worker.store.write(partition, change)
                    return True
            except PositionMoved:  # somebody else has it, or the store was emptied again
                pass
            self._seek(partition)
            return True
        return False

    def _apply(self, partition: int, records: list[Consumed]) -> None:
        for i in range(0, len(records), CALL_RECORDS):
            if not self._applied(partition, records[i : i + CALL_RECORDS]):
                break

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
        idle = [p for p in assigned if p not in self._loads and self.consumer.behind(p) <= BACKLOG]
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
            if p in self._loads:
                continue
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

"""Where each partition of ours stands: where reading begins, what is loaded, what is sought."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from contracts.clients import Consuming
from contracts.eventlog import Place, ends
from contracts.store.connection import StoreError
from contracts.store.speed import Change, PositionMoved, SpeedStore, new_fence
from speed.change import OffsetGap
from speed.loading import changes


@dataclass
class Places:
    """The consumer's places, which follow the positions in the store.

    Attributes:
        renewed: whether a partition has begun anew since somebody set it back.
    """

    consumer: Consuming
    store: SpeedStore
    event_log: Place
    renewed: bool = field(default=False, init=False)
    _sought: dict[int, int] = field(default_factory=dict, init=False)
    _reached: dict[int, int] = field(default_factory=dict, init=False)
    _again_to: dict[int, int] = field(default_factory=dict, init=False)
    _loads: dict[int, Iterator[Change]] = field(default_factory=dict, init=False)
    _unsure: set[int] = field(default_factory=set, init=False)

    def begin_at(self, partition: int) -> int:
        """Where an assigned partition begins: the position in the store is the truth.

        Without a position, because it is new or because the store was emptied, the partition is
        loaded from the event log, and the topic read from where that ends. Anywhere, for now, if
        the store is away: the partition is sought before anything of it is applied.
        """
        try:
            return self._begin_at(partition)
        except StoreError:
            self._unsure.add(partition)
            return 0

    def seek(self, partition: int) -> None:
        """Read on from where the partition really stands."""
        self._sought[partition] = self._begin_at(partition)
        self.consumer.seek(partition, self._sought[partition])
        self._unsure.discard(partition)

    def seek_unsure(self) -> None:
        """Seek those whose records may have been lost between consumer and store."""
        for partition in self._unsure.intersection(self.consumer.assigned()):
            self.seek(partition)

    def begun(self, polled: Iterable[int]) -> Iterator[int]:
        """Those of the partitions whose records can be applied; the others will be sought.

        Should the store go away meanwhile, they are unsure: the consumer is past their records.
        """
        ready = [p for p in polled if p not in self._unsure and p not in self._loads]
        self._unsure.update(ready)
        for partition in ready:
            yield partition
            self._unsure.discard(partition)

    def applied(self, partition: int, next_offset: int) -> None:
        """Note how far a partition has been applied."""
        self._sought.pop(partition, None)
        self._reached[partition] = next_offset

    def refused(self, partition: int, offset: int) -> None:
        """Records from an offset on do not follow the position: seek.

        Raises:
            OffsetGap: if the topic does not hold what the position asks for.
        """
        if offset > self._sought.get(partition, offset):
            raise OffsetGap(f"partition {partition} has no offset {self._sought[partition]}")
        self.seek(partition)

    def next_offset(self, partition: int) -> int:
        """How far a partition has been applied; 0 while it is loaded, as in the store."""
        return 0 if partition in self._loads else self._reached.get(partition, 0)

    def is_again(self, partition: int, offset: int) -> bool:
        """Whether a record was applied before the store lost it."""
        return offset < self._again_to.get(partition, 0)

    def settled(self) -> list[int]:
        """Our partitions that are not being loaded."""
        return [p for p in self.consumer.assigned() if p not in self._loads]

    def go_back(self) -> None:
        """Read again what the store has lost: nobody else would notice before the next event."""
        for partition in self.settled():
            if self.store.position(partition).next_offset < self._reached.get(partition, 0):
                self.seek(partition)

    def load_on(self) -> bool:
        """Write the next part of a partition that is being loaded; whether there was one."""
        assigned = self.consumer.assigned()
        self._loads = {p: left for p, left in self._loads.items() if p in assigned}
        for partition, left in self._loads.items():
            try:
                for change in islice(left, 1):
                    self.store.write(partition, change)
                    return True
            except PositionMoved:  # somebody else has it, or the store was emptied again
                pass
            self.seek(partition)
            return True
        return False

    def _begin_at(self, partition: int) -> int:
        self.renewed = True
        self._loads.pop(partition, None)
        position = self._position_or_load(partition)
        seen = self._again_to.get(partition, 0), self._reached.get(partition, 0)
        self._again_to[partition], self._reached[partition] = max(seen), position
        return position

    def _position_or_load(self, partition: int) -> int:
        while not (position := self.store.position(partition).next_offset):
            end = ends(self.event_log).get(partition, 0)
            fence = new_fence() if end else 0
            if self.store.begin_load(partition, fence):
                if end:
                    self._loads[partition] = changes(self.event_log, partition, end, fence)
                return end
        return position

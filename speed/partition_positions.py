"""The state of each assigned partition: its position, whether it is loaded, where it is sought."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from contracts.stored_value_checks import CorruptValue
from event_log import Storage, ends
from redis_store.connection import StoreError
from redis_store.partition_position import new_fence
from redis_store.speed import Change, PositionMoved, SpeedStore
from speed.parse_and_merge import OffsetGap
from speed.partition_recovery import changes

MEND_EVERY_S = 30.0
"""A partition that is damaged again soon after it was loaded waits: something goes on damaging."""

log = logging.getLogger(__name__)


@dataclass
class PartitionPositions:
    """Where our partitions stand, which follows the positions in the store.

    Which of them are ours, whoever asks says each time; where one has to be read on from is told by
    `take_seeks`.

    Attributes:
        renewed: whether a partition was reloaded since this was last reset.
    """

    store: SpeedStore
    event_log: Storage
    monotonic: Callable[[], float]
    renewed: bool = field(default=False, init=False)
    _seeks: dict[int, int] = field(default_factory=dict, init=False)
    _sought: dict[int, int] = field(default_factory=dict, init=False)
    _reached: dict[int, int] = field(default_factory=dict, init=False)
    _again_to: dict[int, int] = field(default_factory=dict, init=False)
    _loads: dict[int, Iterator[Change]] = field(default_factory=dict, init=False)
    _unsure: set[int] = field(default_factory=set, init=False)
    _damaged: dict[int, str] = field(default_factory=dict, init=False)
    _mend_at: dict[int, float] = field(default_factory=dict, init=False)
    _mended_at: dict[int, float] = field(default_factory=dict, init=False)

    def begin_at(self, partition: int) -> int:
        """Where an assigned partition begins: the position in the store is the truth.

        Without a position, because it is new or because the store was emptied, the partition is
        loaded from the event log, and the topic read from where that ends. Anywhere, for now, if
        the store is away: the partition is sought before anything of it is applied.
        """
        offset = 0
        try:
            with self.mending(partition):
                offset = self._begin_at(partition)
        except StoreError:
            self._unsure.add(partition)
        return offset

    @contextmanager
    def mending(self, partition: int) -> Iterator[None]:
        """Within, a damaged value of the partition has all of it made again from the event log."""
        try:
            yield
        except CorruptValue as error:
            log.warning("partition %d will be loaded again: %s", partition, error)
            self._loads.pop(partition, None)
            self._damaged[partition] = str(error)
            rested = self._mended_at.get(partition, float("-inf")) + MEND_EVERY_S
            self._mend_at[partition] = max(self.monotonic(), rested)

    def damage(self) -> str:
        """What is damaged; empty as soon as all of it has been made again."""
        waiting = {*self._mend_at, *self._loads}
        self._damaged = {p: said for p, said in self._damaged.items() if p in waiting}
        return "; ".join(self._damaged.values())

    def seek(self, partition: int) -> None:
        """Have the partition read on from where it really stands."""
        self._seeks[partition] = self._sought[partition] = self._begin_at(partition)
        self._unsure.discard(partition)

    def take_seeks(self) -> dict[int, int]:
        """Where partitions are to be read on from, before the next poll; told once."""
        seeks, self._seeks = self._seeks, {}
        return seeks

    def seek_unsure(self, assigned: Collection[int]) -> None:
        """Seek those whose records may have been lost between consumer and store, or that mend."""
        for partition in {*self._unsure, *self._mend_at}.intersection(assigned):
            if self._mend_at.get(partition, float("-inf")) <= self.monotonic():
                with self.mending(partition):
                    self._mend(partition)
                    self.seek(partition)

    def _mend(self, partition: int) -> None:
        """Let nothing be known of a partition that is damaged, so that seeking it loads it."""
        if self._mend_at.pop(partition, None) is not None:
            self._mended_at[partition] = self.monotonic()
            self.store.forget_position(partition)

    def begun(self, polled: Iterable[int]) -> Iterator[int]:
        """Those of the partitions whose records can be applied; the others will be sought.

        Should the store go away meanwhile, they are unsure: the consumer is past their records.
        """
        ready = self.ready(polled)
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

    def ready(self, partitions: Iterable[int]) -> list[int]:
        """Those of the partitions that neither are loaded nor have to be sought first."""
        sought = {*self._unsure, *self._mend_at, *self._loads}
        return [p for p in partitions if p not in sought]

    def go_back(self, assigned: Collection[int]) -> None:
        """Read again what the store has lost: nobody else would notice before the next event."""
        for partition in self.ready(assigned):
            with self.mending(partition):
                if self.store.position(partition).next_offset < self._reached.get(partition, 0):
                    self.seek(partition)

    def load_on(self, assigned: Collection[int]) -> bool:
        """Write the next part of a partition that is being loaded; whether there was one."""
        self._loads = {p: left for p, left in self._loads.items() if p in assigned}
        for partition, left in self._loads.items():
            with self.mending(partition):
                self._load_part(partition, left)
            return True
        return False

    def _load_part(self, partition: int, left: Iterator[Change]) -> None:
        try:
            for change in islice(left, 1):
                self.store.write(partition, change)
                return
        except PositionMoved:  # somebody else has it, or the store was emptied again
            pass
        self.seek(partition)

    def _begin_at(self, partition: int) -> int:
        self.renewed = True
        self._loads.pop(partition, None)
        self._seeks.pop(partition, None)
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

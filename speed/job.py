"""The speed layer's loop: live events first, owed lists in between."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from contracts.active_version import Active
from contracts.process_status import SpeedStatus
from contracts.stored_value_checks import CorruptValue
from kafka_clients import Consumed, ConsumerClient, NoBroker
from redis_store.connection import StoreError
from redis_store.retry import Backoff
from redis_store.speed import PositionMoved
from redis_store.status import StatusStore
from speed.active_model import ActiveModel, Live
from speed.freshness import Freshness
from speed.metrics import Metrics, PartitionProgress
from speed.parse_and_merge import stretches
from speed.partition_positions import PartitionPositions
from speed.partition_worker import PartitionWorker
from speed.stall_detector import StallDetector

log = logging.getLogger(__name__)

CALL_RECORDS = 100
"""Records in one script call, about: 4 ms of Redis."""
POLL_RECORDS = 500
BACKLOG = 1000
"""Records behind from which histories go first and lists are owed."""
SETTLE = 20
"""Owed lists made before the next look at live events: 6 ms. Fewer cost more each, by a call."""
HEARTBEAT_S = 1.0
MEND_STORIES_EVERY_S = 10.0


@dataclass
class Job:
    """What the loop runs on; clocks, sleep and the stop signal are passed in.

    `claim` records in the store which topic it is made from: again if the store has lost it.
    `kafka_listens` says whether a broker is there: a consumer says nothing while it is away.
    `metrics_at` is the address of its metrics; empty if they are not served. `worker_id` tells this
    worker from the others.
    """

    claim: Callable[[], None]
    consumer: ConsumerClient
    partitions: PartitionPositions
    worker: PartitionWorker
    model: ActiveModel
    status: StatusStore
    freshness: Freshness
    metrics: Metrics
    metrics_at: str
    worker_id: str
    kafka_listens: Callable[[], bool]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    now_ms: Callable[[], int]
    _claimed_at: float = field(default=float("-inf"), init=False)
    _spoke_at: float = field(default=float("-inf"), init=False)
    _mended_at: float = field(default=float("-inf"), init=False)
    _activation: Active | None = field(default=None, init=False)
    _made_owed_last: int = field(default=-1, init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Loop until told to stop.

        Raises:
            StoreError, NoBroker: if Redis or Kafka has been away for a minute.
            ForeignStore: if Redis holds what was made from another topic.
        """
        backoff = Backoff(self.monotonic, self.sleep)
        detector = StallDetector(self.consumer, self.metrics)
        while not stopping():
            with backoff:
                self.step()
            detector.look(backoff.missing)
        with suppress(StoreError, CorruptValue):
            self.status.forget_worker(self.worker_id)

    def step(self) -> None:
        """Follow the model, apply what has come, settle a few debts, say how it goes."""
        self._keep_claim()
        self.model.noticed()
        self.partitions.seek_unsure(self.consumer.assigned())
        self._follow_activation()
        busy = self._load() or self._make_owed_lists()
        self._seek()
        polled = self.consumer.poll(0.0 if busy else 0.05, POLL_RECORDS)
        for partition in self.partitions.begun(polled):
            for part in stretches(polled[partition], CALL_RECORDS):
                if not self._applied(partition, part):
                    break
        self._seek()
        self._heartbeat()

    def _seek(self) -> None:
        """Have the consumer read on from where the partitions stand."""
        for partition, offset in self.partitions.take_seeks().items():
            self.consumer.seek(partition, offset)

    def _keep_claim(self) -> None:
        """Before anything is written, and again once a second: the store may be emptied."""
        now = self.monotonic()
        if now - self._claimed_at >= HEARTBEAT_S:
            self.claim()
            self._claimed_at = now

    def _applied(self, partition: int, part: Sequence[Consumed]) -> bool:
        """Apply a stretch, or seek to where the partition really stands; whether it was applied."""
        applied = False
        with self.partitions.mending(partition):
            try:
                behind = self._is_backlog(partition, part[0].offset)
                self.worker.apply(partition, part, self.model.live, behind)
                applied = True
            except PositionMoved:
                self.partitions.refused(partition, part[0].offset)
        if applied:
            self.partitions.applied(partition, part[-1].offset + 1)
        return applied

    def _is_backlog(self, partition: int, offset: int) -> bool:
        """Whether histories go first; what is read again has been seen, told and measured."""
        again = self.partitions.is_again(partition, offset)
        return again or self.consumer.behind(partition) > BACKLOG

    def _follow_activation(self) -> None:
        live = self.model.live
        if live is None or (live.active == self._activation and not self.partitions.renewed):
            return  # a partition that was reloaded may owe lists to the live version
        if live.active != self._activation:
            log.info("making lists with version %d", live.active.version)
        self._activation, self.partitions.renewed = live.active, False
        self.metrics.follows(live.active.version)
        snapshot, oldest = live.active.snapshot, live.active.oldest_snapshot
        for p in self.consumer.assigned():
            with self.partitions.mending(p):
                self.worker.store.follow_activation(p, snapshot.get(p, 0), oldest.get(p, 0))

    def _load(self) -> bool:
        """Write the next part of what is loaded; whether there was one."""
        loading = self.partitions.load_on(self.consumer.assigned())
        if loading:
            self.metrics.progressed()
        return loading

    def _make_owed_lists(self) -> bool:
        live = self.model.live
        if live is None:
            return False
        ready = self.partitions.ready(self.consumer.assigned())
        idle = [p for p in ready if self.consumer.behind(p) <= BACKLOG]
        in_turn = sorted(idle, key=lambda p: (p <= self._made_owed_last, p))
        return any(self._make_owed_lists_of(p, live) for p in in_turn)

    def _make_owed_lists_of(self, partition: int, live: Live) -> bool:
        self._made_owed_last = partition
        owed = 0
        with self.partitions.mending(partition):
            try:
                owed = self.worker.make_owed_lists(partition, live, SETTLE)
            except PositionMoved:
                self.partitions.seek(partition)
        return owed > 0

    def _heartbeat(self) -> None:
        now = self.monotonic()
        if now - self._spoke_at < HEARTBEAT_S:
            return
        if not self.kafka_listens():
            raise NoBroker("Kafka no longer answers")
        self.partitions.go_back(self.consumer.assigned())
        self._seek()
        self._tell({p: self._standing(p) for p in self.consumer.assigned()})
        self.consumer.show_progress()
        self._spoke_at = now
        if now - self._mended_at >= MEND_STORIES_EVERY_S:
            self.status.drop_damaged_stories()
            self._mended_at = now

    def _standing(self, partition: int) -> PartitionProgress:
        owed = 0
        with self.partitions.mending(partition):
            owed = self.worker.store.count_owed(partition)
        next_offset = self.partitions.next_offset(partition)
        return PartitionProgress(next_offset, self.consumer.behind(partition), owed)

    def _tell(self, standings: Mapping[int, PartitionProgress]) -> None:
        self.metrics.stand(standings, self.consumer.confirmed_s())
        damage = "; ".join(filter(None, (self.model.damage, self.partitions.damage())))
        behind = {p: one.behind for p, one in standings.items()}
        status = SpeedStatus(self.now_ms(), self.metrics_at, damage, behind)
        self.status.write_worker(self.worker_id, status)
        self.status.add_fresh(self.freshness.counts)
        self.freshness.counts.clear()

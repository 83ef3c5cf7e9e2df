"""Writes buckets to Redis, and keeps them equal to what the trends query has counted."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame

from contracts.next_offsets import NextOffsets, reached
from contracts.process_exit import FAILED, Failure
from contracts.stored_value_checks import CorruptValue
from event_log import Storage, ends
from redis_store.connection import StoreError
from redis_store.retry import Backoff
from redis_store.trends import BucketCounts, TrendStore
from streaming.bucket_counts import buckets
from streaming.checkpoint_files import committed, end_of

log = logging.getLogger(__name__)

LANDED_WITHIN_S = 60
LOOK_EVERY_S = 0.2


class NotLanded(Failure):
    """The event log is behind the trends, and does not catch up."""

    where = "streaming"
    what_to_do = "check why the event log is behind"
    code = FAILED


class TrendSink:
    """Writes a batch's buckets, then the offsets that they reflect.

    Where the offsets in the store are behind those that the query stands on, the store has lost
    what was written: flushed, restored, or cut at its end. Then all buckets are written again, from
    the event log. Batches come in a thread of their own, hence the lock.
    """

    def __init__(
        self,
        store: TrendStore,
        folder: Path,
        begin: NextOffsets,
        event_log: Storage,
        counted: Callable[[NextOffsets], list[BucketCounts]],
    ) -> None:
        """Stand between a store and a query.

        Args:
            store: where the buckets are.
            folder: the query's checkpoint.
            begin: the next-offsets that its first batch began with.
            event_log: the log.
            counted: the buckets that the event log makes, up to these next-offsets.
        """
        self._store, self._folder, self._begin = store, folder, begin
        self._event_log, self._counted = event_log, counted
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def write(self, batch: DataFrame, number: int) -> None:
        """A function for `foreachBatch`: changed buckets into the store, as absolute values.

        A store that is away, or takes nothing for now, is waited for.

        Raises:
            StoreError: if it stays away, or until the job ends.
            NotLanded: if the store lost something that the event log does not have yet.
        """
        changed = buckets(batch.toArrow().to_pylist())
        backoff = Backoff(time.monotonic, self._ending.wait)
        while True:
            with backoff, self._lock:
                self._write(changed, number)
                return
            if self._ending.is_set():
                raise StoreError(f"batch {number} was not written: {backoff.missing}")

    def end(self) -> None:
        """Stop waiting for the store: the next run writes what this one could not."""
        self._ending.set()

    def _write(self, changed: list[BucketCounts], number: int) -> None:
        before = end_of(self._folder, number - 1) if number else self._begin
        if not reached(self._store.reflected(), before):
            self._await_landed(before)
            self._rewrite(before)
        try:
            self._store.write(changed)
        except CorruptValue as error:
            log.warning("writing all buckets again: %s", error)
            self._await_landed(before)
            self._rewrite(before)
            self._store.write(changed)
        self._store.mark_reflected(end_of(self._folder, number))

    def mend(self) -> None:
        """Between batches: write again what the store has lost, if the event log has it."""
        with self._lock:
            mark = committed(self._folder)
            due = mark is not None and not reached(self._store.reflected(), mark.end)
            if mark and due and reached(ends(self._event_log), mark.end):
                self._rewrite(mark.end)

    def _rewrite(self, upto: NextOffsets) -> None:
        self._store.forget()
        self._store.write(self._counted(upto))
        self._store.mark_reflected(upto)

    def _await_landed(self, upto: NextOffsets) -> None:
        deadline = time.monotonic() + LANDED_WITHIN_S
        while not reached(ends(self._event_log), upto):
            if time.monotonic() > deadline:
                raise NotLanded(f"the event log is at {ends(self._event_log)}, not at {upto}")
            time.sleep(LOOK_EVERY_S)

"""Looking a person up, with the active pointer held in memory."""

import threading
from collections.abc import Callable
from typing import TypeVar

from api.services import Clock, Reader
from contracts.lists import RankedList
from contracts.reading import Found
from contracts.store.connection import StoreError
from contracts.store.versions import Active

POINTER_HELD_S = 1.0
REST_S = 1.0
"""After a failure the store is left alone this long: one request waits, not all of them."""

T = TypeVar("T")


class Lookup:
    """Asks the store under a pointer that is at most a second old."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        """Hold nothing yet."""
        self._reader = reader
        self._clock = clock
        self._lock = threading.Lock()
        self._active: Active | None = None
        self._read_at = float("-inf")
        self._resting_until = float("-inf")
        self._popular: RankedList | None = None

    def find(self, user_id: int) -> Found:
        """The person's history and list.

        Raises:
            StoreError: if the store is away.
            CorruptValue: if a value is damaged.
        """
        return self._ask(lambda: self._find(user_id))

    def popular(self) -> RankedList | None:
        """What was published as popular with the active version.

        Raises:
            StoreError, CorruptValue: as `find`.
        """
        return self._ask(self._published)

    def active(self) -> Active | None:
        """The pointer.

        Raises:
            StoreError: if the store is away.
        """
        return self._ask(self._pointer)

    def _find(self, user_id: int) -> Found:
        found = self._reader.look_up(user_id, self._pointer())
        if found.active is not None and found.active is not self._active:
            self._hold(found.active)
        return found

    def _published(self) -> RankedList | None:
        active, held = self._pointer(), self._popular
        if active is None:
            return None
        if held is None or held.version != active.version:
            self._popular = held = self._reader.popular(active)
        return held

    def _pointer(self) -> Active | None:
        with self._lock:
            if self._clock.monotonic() - self._read_at >= POINTER_HELD_S:
                self._active = self._reader.active()
                self._read_at = self._clock.monotonic()
            return self._active

    def _hold(self, newer: Active) -> None:
        with self._lock:
            if self._active is None or newer.activation > self._active.activation:
                self._active = newer

    def _ask(self, question: Callable[[], T]) -> T:
        if self._clock.monotonic() < self._resting_until:
            raise StoreError("the store did not answer a moment ago")
        try:
            return question()
        except StoreError:
            self._resting_until = self._clock.monotonic() + REST_S
            raise

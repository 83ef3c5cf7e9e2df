"""Looking a person up, with the active pointer held in memory."""

import threading

from api.circuit_breaker import TROUBLE, CircuitBreaker
from api.last_answers import CachedAnswer
from api.services import Clock, Reader
from contracts.active_version import Active
from contracts.list_precedence import Found
from contracts.ranked_lists import RankedList

POINTER_HELD_S = 1.0


class Lookup:
    """Asks the store under a pointer that is at most a second old."""

    def __init__(self, reader: Reader, clock: Clock, breaker: CircuitBreaker) -> None:
        """Hold nothing yet."""
        self._reader = reader
        self._clock = clock
        self._breaker = breaker
        self._lock = threading.Lock()
        self._active: Active | None = None
        self._read_at = float("-inf")
        self._popular: RankedList | None = None

    def find(self, user_id: int) -> Found:
        """The person's history and list.

        Raises:
            StoreError: if the store is away.
            CorruptValue: if a value is damaged.
        """
        return self._breaker.ask(lambda: self._find(user_id))

    def find_beside_popular(self, user_id: int) -> tuple[Found, RankedList | None]:
        """The same, and what to fall back to.

        Raises:
            StoreError, CorruptValue: as `find`.
        """
        return self._breaker.ask(lambda: (self._find(user_id), self._published()))

    def popular(self) -> CachedAnswer[RankedList | None]:
        """What was published as popular with the active version, or with the last that was seen."""
        try:
            return CachedAnswer(self._breaker.ask(self._published), degraded=False)
        except TROUBLE:
            return CachedAnswer(self.last_popular, degraded=True)

    @property
    def last_popular(self) -> RankedList | None:
        """The popular movies as last read, without asking the store."""
        return self._popular

    def active(self) -> Active | None:
        """The pointer.

        Raises:
            StoreError, CorruptValue: as `find`.
        """
        return self._breaker.ask(self._pointer)

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
        """Read again when it is due, by one thread; the others do not wait for that."""
        due = self._clock.monotonic() - self._read_at >= POINTER_HELD_S
        if due and self._lock.acquire(blocking=False):
            try:
                self._active = self._reader.active()
                self._read_at = self._clock.monotonic()
            finally:
                self._lock.release()
        return self._active

    def _hold(self, newer: Active) -> None:
        if self._active is None or newer.activation > self._active.activation:
            self._active = newer

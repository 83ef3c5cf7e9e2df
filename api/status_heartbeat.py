"""The API's heartbeat: how many ratings Kafka has acknowledged, and why it no longer does.

The count goes on where it stood before a restart.
"""

import logging
import threading
from collections.abc import Callable

from api.services import Clock, Status
from contracts.process_status import ApiStatus
from contracts.stored_value_checks import CorruptValue

log = logging.getLogger(__name__)


class Heartbeat:
    """Counts acknowledged ratings and writes the count with each beat."""

    def __init__(
        self,
        status: Status,
        clock: Clock,
        damage: Callable[[], str] = str,
        trouble: Callable[[], str] = str,
    ) -> None:
        """Count from zero until the stored count could be read.

        Args:
            status: where it is written.
            clock: the time.
            damage: which value in the store is damaged, as far as anybody has met it.
            trouble: why ratings cannot be written.
        """
        self._status = status
        self._damage = damage
        self._trouble = trouble
        self._clock = clock
        self._lock = threading.Lock()
        self._before: int | None = None
        self._accepted = 0

    def count(self) -> None:
        """One more rating was acknowledged."""
        with self._lock:
            self._accepted += 1

    def beat(self) -> None:
        """Write time, count, damage and trouble.

        Raises:
            StoreError: if the store is away; nothing is lost, the next beat writes the same.
        """
        if self._before is None:
            self._before = self._counted_before()
        accepted = self._before + self._accepted
        now_ms = self._clock.now_ms()
        self._status.write(ApiStatus(now_ms, accepted, self._damage(), self._trouble()))

    def _counted_before(self) -> int:
        try:
            return self._status.read(ApiStatus).accepted
        except CorruptValue as error:
            log.warning("counting starts again from zero: %s", error)
            return 0

"""The API's sign of life, and how many ratings Kafka has acknowledged to it, restarts included."""

import threading

from api.services import Clock, Status

PROCESS = "api"


class Heartbeat:
    """Counts acknowledged ratings and writes the count with each beat."""

    def __init__(self, status: Status, clock: Clock) -> None:
        """Count from zero until the stored count could be read."""
        self._status = status
        self._clock = clock
        self._lock = threading.Lock()
        self._before: int | None = None
        self._accepted = 0

    def count(self) -> None:
        """One more rating was acknowledged."""
        with self._lock:
            self._accepted += 1

    def beat(self) -> None:
        """Write time and count.

        Raises:
            StoreError: if the store is away; nothing is lost, the next beat writes the same.
        """
        if self._before is None:
            self._before = int(self._status.read(PROCESS).get("accepted", 0))
        accepted = self._before + self._accepted
        now_ms = self._clock.now_ms()
        self._status.write(PROCESS, {"heartbeat_ms": now_ms, "accepted": accepted})

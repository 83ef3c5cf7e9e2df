"""Redis or Kafka may be away for a while: wait longer and longer, then fail loud."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from contracts.clients import NoBroker
from contracts.store.connection import StoreError

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
GIVES_UP_AFTER_S = 60.0
AWAY = (StoreError, NoBroker)


@dataclass
class Patience:
    """Within, what is away is waited for: the caller tries again.

    Nothing is lost: a write is whole or refused, and the position says where to read on.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    _since: float | None = field(default=None, init=False)
    _pause_s: float = field(default=FIRST_PAUSE_S, init=False)

    def __enter__(self) -> None:
        """Try."""

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        """Wait if something was away; let the error through once that has taken too long."""
        if not isinstance(error, AWAY):
            self._since, self._pause_s = None, FIRST_PAUSE_S
            return False
        now = self.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since > GIVES_UP_AFTER_S:
            return False
        self.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return True

"""Retries while Redis or Kafka is down: waits longer and longer, then fails loudly.

A damaged value that belongs to no partition is retried as well: its owner writes it again. A Redis
that answers but refuses for now, such as a full one, is retried without end: only an operator can
fix that, and a process that ends would report less about it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from contracts.broker_errors import NoBroker
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import StoreError
from redis_store.redis_errors import LastingRefusal, PassingRefusal

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0
GIVES_UP_AFTER_S = 60.0
SAYS_AGAIN_AFTER_S = 60.0
AWAY = (StoreError, NoBroker, CorruptValue)

log = logging.getLogger(__name__)


@dataclass
class Backoff:
    """Within, what is away is waited for: the caller tries again.

    Nothing is lost: a write is whole or refused, and the position says where to read on.

    Attributes:
        missing: the error of what is away.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    missing: BaseException | None = field(default=None, init=False)
    _since: float | None = field(default=None, init=False)
    _pause_s: float = field(default=FIRST_PAUSE_S, init=False)
    _said: str = field(default="", init=False)
    _said_at: float = field(default=float("-inf"), init=False)

    def __enter__(self) -> None:
        """Try."""

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        """Wait if something was away; let the error through once that has taken too long."""
        self.missing = error if isinstance(error, AWAY) else None
        if self.missing is None:
            self._since, self._pause_s, self._said = None, FIRST_PAUSE_S, ""
            return False
        now = self.monotonic()
        self._since = now if self._since is None else self._since
        if self._gives_up(self.missing, now - self._since):
            return False
        self._say(str(self.missing), now)
        self.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        return True

    def _gives_up(self, missing: BaseException, waited_s: float) -> bool:
        if isinstance(missing, PassingRefusal):
            return False
        return isinstance(missing, LastingRefusal) or waited_s > GIVES_UP_AFTER_S

    def _say(self, missing: str, now: float) -> None:
        """What is waited for: once, and again each minute."""
        if missing != self._said or now - self._said_at >= SAYS_AGAIN_AFTER_S:
            log.warning("waiting: %s", missing)
            self._said, self._said_at = missing, now

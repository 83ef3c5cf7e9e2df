"""Answers for when the store is away: the last ones to questions that are no single person's."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar, cast

from api.circuit_breaker import TROUBLE, CircuitBreaker

RECALLED = 1000
"""Answers that are kept for when the store is away."""

T = TypeVar("T")


class CachedAnswer(NamedTuple, Generic[T]):
    """An answer; `degraded` if it is the last known one, because none could be had now."""

    answer: T
    degraded: bool


class LastAnswers:
    """The store's last answers to questions that are no single person's."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        """Remember nothing yet."""
        self._breaker = breaker
        self._lock = threading.Lock()
        self._last: dict[Hashable, Any] = {}

    def ask(self, name: Hashable, question: Callable[[], T]) -> CachedAnswer[T]:
        """What the store says, else what it last said under this name.

        Raises:
            StoreError, CorruptValue: as `CircuitBreaker.ask`, where it never said anything.
        """
        try:
            answer = self._breaker.ask(question)
        except TROUBLE:
            if name not in self._last:
                raise
            return CachedAnswer(cast(T, self._last[name]), degraded=True)
        self._keep(name, answer)
        return CachedAnswer(answer, degraded=False)

    def _keep(self, name: Hashable, answer: Any) -> None:
        with self._lock:
            self._last.pop(name, None)
            self._last[name] = answer
            if len(self._last) > RECALLED:
                del self._last[next(iter(self._last))]

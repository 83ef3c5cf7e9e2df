"""How long a count that should grow stood still."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

LOOK_EVERY_S = 0.1


class Stalls:
    """Looks at a count, in a thread of its own, from entering it until leaving it."""

    def __init__(self, count: Callable[[], int]) -> None:
        """Look at what this gives."""
        self.longest_s = 0.0
        self._count = count
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        """Begin."""
        self._looking.start()
        return self

    def __exit__(self, _: object, __: BaseException | None, ___: TracebackType | None) -> None:
        """End; `longest_s` is how long the longest stop was."""
        self._ended.set()
        self._looking.join()

    def _look(self) -> None:
        seen, since = self._count(), time.monotonic()
        while not self._ended.wait(LOOK_EVERY_S):
            now, count = time.monotonic(), self._count()
            self.longest_s = max(self.longest_s, now - since)
            if count != seen:
                seen, since = count, now

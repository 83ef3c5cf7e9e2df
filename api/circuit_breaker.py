"""Guards the store: a request waits for it only briefly, and not at all while it is down."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from contracts.stored_value_checks import CorruptValue
from redis_store.connection import UNREACHABLE, StoreError

DEADLINE_S = 0.15
"""For all that one request asks of the store."""
THREADS = 40
"""As many as there are handlers at once, so that no question queues behind another."""
TROUBLE = (StoreError, CorruptValue)
DAMAGE_TOLD_S = 60.0
"""A value that is still damaged will have been asked for again by then."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class CircuitBreaker:
    """Asks the store within a deadline; once it is silent, nobody asks it until it speaks again.

    The deadline lies above all that the client does (name look-up, handshake, retries), each of
    which has a time-out of its own. A value that is damaged, or a refusal, is an answer.
    """

    def __init__(self, sign_of_life: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
        """Take the store to be there.

        Args:
            sign_of_life: what a store that was silent is asked, on nobody's behalf.
            deadline_s: for a request.
        """
        self._sign_of_life = sign_of_life
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._silent = False
        self._listening = threading.Lock()
        self._damage, self._met_at = "", float("-inf")

    @property
    def damage(self) -> str:
        """The damaged value that a question has met last, within the last minute."""
        return self._damage if time.monotonic() - self._met_at < DAMAGE_TOLD_S else ""

    def ask(self, question: Callable[[], T]) -> T:
        """What the store says to all of one request's questions together.

        Raises:
            StoreError: if it refuses, does not answer in time, or is known not to.
            CorruptValue: if a value is damaged.
        """
        if self._silent:
            self._threads.submit(self.listen)
            raise StoreError("the store did not answer a moment ago")
        asked = self._threads.submit(question)
        try:
            return asked.result(self._deadline_s)
        except TimeoutError:
            asked.cancel()
            late = StoreError(f"the store did not answer within {self._deadline_s} s")
            self._give_up(late)
            raise late from None
        except UNREACHABLE as error:
            self._give_up(error)
            raise
        except CorruptValue as error:
            self._damage, self._met_at = str(error), time.monotonic()
            raise

    def unless_silent(self, task: Callable[[], None]) -> Callable[[], None]:
        """The task, left out while the store is silent; it may take longer than a request."""

        def heeding() -> None:
            if not self._silent:
                task()

        return heeding

    def listen(self) -> None:
        """Ask a silent store for a sign of life, one at a time; once it answers it is asked again.

        A background task does this, and every request that finds the store silent has it done, in
        another thread: however short the silence was, it ends with it.
        """
        if not self._silent or not self._listening.acquire(blocking=False):
            return
        try:
            self._listen()
        finally:
            self._listening.release()

    def _listen(self) -> None:
        try:
            self._sign_of_life()
        except UNREACHABLE:
            return
        except TROUBLE:
            pass  # an answer all the same
        self._silent = False
        log.warning("the store responds again")

    def _give_up(self, error: Exception) -> None:
        if not self._silent:
            log.warning("%s: answering from memory until it does", error)
        self._silent = True

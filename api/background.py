"""Background tasks that the API runs once a second."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import MsgspecError

from contracts.process_exit import Failure
from redis_store.connection import StoreError

EVERY_S = 1.0
TROUBLE = (Failure, StoreError, MsgspecError, OSError, ValueError)

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Tasks that are done once a second; one that fails is tried again with the others."""

    def __init__(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Do these tasks, in order."""
        self._tasks = tasks
        self._failing: set[int] = set()

    def once(self) -> None:
        """Do each task once."""
        for number, task in enumerate(self._tasks):
            try:
                task()
            except TROUBLE as error:
                self._log_once(number, error)
            else:
                self._failing.discard(number)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within, a thread does the tasks once a second, and a last time at the end."""
        stopping = threading.Event()
        thread = threading.Thread(target=self._run, args=[stopping])
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()

    def _run(self, stopping: threading.Event) -> None:
        self.once()
        while not stopping.wait(EVERY_S):
            self.once()
        self.once()

    def _log_once(self, number: int, error: Exception) -> None:
        if number not in self._failing:
            log.warning("%s; retrying every second", error)
        self._failing.add(number)

"""A store that hangs or fails as it is told."""

import threading
from collections.abc import Callable

from contracts.stored_value_checks import CorruptValue
from redis_store.connection import NoAnswer, StoreError

DEADLINE_S = 0.05
AWAY = NoAnswer("away")


class Store:
    """Answers, hangs or fails, and counts how often it was asked."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.asked = 0
        self.heard = threading.Event()
        self.life: Exception | None = AWAY

    def __call__(self) -> int:
        self.asked += 1
        self.answers.wait()
        if self.trouble is not None:
            raise self.trouble
        return self.asked

    def sign_of_life(self) -> None:
        self.heard.set()
        if self.life is not None:
            raise self.life


def refused(question: Callable[[], object]) -> bool:
    """Whether asking fails."""
    try:
        question()
    except (StoreError, CorruptValue):
        return True
    return False

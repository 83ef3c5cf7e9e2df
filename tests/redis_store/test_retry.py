"""What is away is waited for; a Redis that is there and takes nothing, without end."""

import logging

import pytest

from redis_store.redis_errors import NotPermitted, StoreFull
from redis_store.retry import GIVES_UP_AFTER_S, SAYS_AGAIN_AFTER_S, Backoff


class Clock:
    """Stands still but for what is slept."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_full_redis_is_waited_for_without_end_and_named_each_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    backoff = Backoff(clock.monotonic, clock.sleep)

    with caplog.at_level(logging.WARNING):
        while clock.now < 3 * GIVES_UP_AFTER_S:
            with backoff:
                raise StoreFull("Redis is full")

    assert set(caplog.messages) == {"waiting: Redis is full"}
    assert len(caplog.messages) == 3 * GIVES_UP_AFTER_S // SAYS_AGAIN_AFTER_S


def test_what_a_try_would_not_change_is_not_waited_for() -> None:
    clock = Clock()

    with pytest.raises(NotPermitted), Backoff(clock.monotonic, clock.sleep):
        raise NotPermitted("Redis denies permission")

    assert clock.now == 0

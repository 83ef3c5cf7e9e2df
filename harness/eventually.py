"""Waiting for what can be observed."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


class TooLate(AssertionError):
    """Something did not come about in time; says what, and what was seen last."""


def eventually(
    condition: Callable[[], Seen | None],
    within_s: float,
    what: str,
    every_s: float = 0.05,
    *,
    excused: type[Exception] | tuple[type[Exception], ...] = (),
    told: Callable[[], str] = str,
) -> Seen:
    """Ask until the condition holds; the value by which it did.

    Args:
        condition: what is asked; it may do something between two tries, or raise to end the wait.
        within_s: seconds after which it is too late.
        what: what is waited for.
        every_s: seconds between two tries.
        excused: errors that mean: not yet.
        told: what else to say when it is too late, as the end of a log.

    Raises:
        TooLate: if it does not hold in time.
    """
    deadline = time.monotonic() + within_s
    while True:
        seen: object = None
        try:
            if holds := condition():
                return holds
            seen = holds
        except excused as error:
            seen = error
        if time.monotonic() > deadline:
            late = f"not within {within_s:g} s: {what}; last seen: {seen!r}"
            raise TooLate(f"{late}\n{told()}".rstrip())
        time.sleep(every_s)

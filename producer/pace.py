"""Pacing: so many items a second, whatever sending one costs."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def paced(
    items: Iterable[T],
    rate: float | None,
    monotonic: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[T]:
    """The items, the n-th not before n/rate seconds after the first; None means unlimited."""
    began = monotonic()
    for n, item in enumerate(items):
        if rate is not None and (early := began + n / rate - monotonic()) > 0:
            sleep(early)
        yield item

"""Waits until the lists reflect a rating: one thread looks on behalf of all waiting requests."""

import asyncio
from dataclasses import dataclass
from functools import partial

from api.circuit_breaker import TROUBLE, CircuitBreaker
from api.services import Services
from kafka_clients import Delivered

VISIBLE_S = 5.0
PAUSE_S = 0.002
WAITING = 1000
"""More do not wait: each holds a connection, and is looked at after each pause."""


@dataclass(frozen=True)
class _Waiter:
    at: Delivered
    deadline: float
    visible: asyncio.Future[bool]

    def tell(self, visible: bool) -> None:
        if not self.visible.done():
            self.visible.set_result(visible)


class VisibilityWait:
    """Looks at positions while somebody waits; belongs to one event loop."""

    def __init__(self, services: Services, breaker: CircuitBreaker) -> None:
        """Nobody waits yet."""
        self._services = services
        self._breaker = breaker
        self._waiting: list[_Waiter] = []
        self._watch: asyncio.Task[None] | None = None

    async def of(self, at: Delivered) -> bool:
        """Whether the lists reflect this place before the wait ends.

        It ends early where the store is away, too many wait, or the process is to stop.
        """
        if len(self._waiting) >= WAITING:
            return False
        deadline = self._services.clock.monotonic() + VISIBLE_S
        waiter = _Waiter(at, deadline, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        return await waiter.visible

    async def _look(self) -> None:
        """Look until nobody waits; if it cannot, nobody waits any more."""
        try:
            while self._waiting:
                for partition in {one.at.partition for one in self._waiting}:
                    # Not in one of the threads that the routes for reading share.
                    self._tell(partition, await asyncio.to_thread(self._position, partition))
                if self._waiting:
                    await self._services.clock.sleep(PAUSE_S)
        finally:
            self._end()

    def _position(self, partition: int) -> int | None:
        try:
            return self._breaker.ask(partial(self._services.reader.position, partition))
        except TROUBLE:
            return None

    def _tell(self, partition: int, position: int | None) -> None:
        """Tell those of this partition whose wait ends with this look."""
        over, now = position is None or self._services.stopping(), self._services.clock.monotonic()
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            visible = position is not None and position > one.at.offset
            if one.at.partition == partition and (visible or over or now >= one.deadline):
                one.tell(visible)
            elif not one.visible.done():  # whose connection was cut has left
                self._waiting.append(one)

    def _end(self) -> None:
        for one in self._waiting:
            one.tell(False)
        self._waiting = []

"""The wait for lists, by many at once."""

import asyncio
from dataclasses import replace

import pytest

from api.circuit_breaker import CircuitBreaker
from api.services import Services
from api.visibility_wait import VisibilityWait
from kafka_clients import Delivered
from tests.api.fakes import NOW_MS, FakeReader, World


def waited(services: Services, *offsets: int) -> list[bool]:
    """What those are told who wait at the same time for these places of one partition."""
    visibility = VisibilityWait(services, CircuitBreaker(services.reader.active))

    async def all_wait() -> list[bool]:
        waits = (visibility.of(Delivered(0, offset, NOW_MS)) for offset in offsets)
        return await asyncio.gather(*waits)

    return asyncio.run(all_wait())


def test_one_look_serves_all_who_wait() -> None:
    world = World(FakeReader(positions=[0, 50, 100]))

    assert waited(world.services(), *range(100)) == [True] * 100
    assert world.reader.asked == 3


def test_each_is_told_of_its_own_place() -> None:
    assert waited(World(FakeReader(positions=[7])).services(), 6, 7, 8) == [True, False, False]


def test_more_than_so_many_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.visibility_wait.WAITING", 2)

    assert waited(World(FakeReader(positions=[9])).services(), 1, 2, 3) == [True, True, False]


def test_nobody_waits_for_a_look_that_fails() -> None:
    async def never(_: float) -> None:
        raise RuntimeError("a defect")

    services = World().services()
    broken = replace(services, clock=replace(services.clock, sleep=never))

    assert waited(broken, 1, 2) == [False, False]

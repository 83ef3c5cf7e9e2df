"""What a system costs: processor time, memory, bytes in Redis, look-ups."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from typing import NamedTuple

import psutil

from bench.cpu_timer import Cost, Since, cpu_s, family
from bench.textbook_judges.system import OK, System, with_lists
from harness.api.load_generator import Client
from harness.eventually import eventually
from redis_store.connection import connect

APPLIED_WITHIN_S, SETTLE_S = 300, 3
FIRST = 10_000
"""Ratings that come before what is measured."""
LOOK_EVERY_S = 0.1
AT_A_TIME = 16


class NotAnswered(RuntimeError):
    """Look-ups that were not all answered."""


class Costs(NamedTuple):
    """What was measured.

    Attributes:
        backlog: ratings that came as fast as they could be sent, after a first thousand.
        training: one training with all that it writes; of ours, in a process that starts for it.
        look_ups: by one API process, of people with lists.
        redis_bytes: all that Redis holds, for each person with a list.
    """

    backlog: Cost
    training: Cost
    look_ups: Cost
    redis_bytes: float


def measured(system: System, ratings: int, look_ups: int) -> Costs:
    """Have a system that was never started work off ratings, train, and answer; it runs then."""
    empty = used(system)
    system.begin(learning=False)
    worked_off(system, 0, FIRST)
    time.sleep(SETTLE_S)  # what has started is done with starting
    backlog = worked_off(system, FIRST, ratings)
    training = system.learn()
    people = eventually(lambda: with_lists(system), APPLIED_WITHIN_S, "lists")
    in_redis = (used(system) - empty) / len(people)
    return Costs(backlog, training, asked(system, people, look_ups), in_redis)


def worked_off(system: System, first: int, end: int) -> Cost:
    """What it costs a system that runs to apply these rows of the release."""
    began = Since(lambda: spent_s(system))
    system.send(first, end)
    eventually(lambda: system.applied() >= end, APPLIED_WITHIN_S, "ratings", LOOK_EVERY_S)
    return began.cost(end - first)


def asked(system: System, people: list[int], count: int) -> Cost:
    """What so many look-ups of people who have a list cost the API, warm."""
    asyncio.run(_ask(system, people, count // 10))
    api = system.running[-1].process.pid
    began = Since(lambda: cpu_s(api))
    asyncio.run(_ask(system, people, count))
    return began.cost(count)


async def _ask(system: System, people: list[int], count: int) -> None:
    client = Client("127.0.0.1", system.port())
    users = islice(cycle(people), count)

    async def one_after_another() -> None:
        for user in users:
            status, _ = await client.ask("GET", system.path_of(user))
            if status not in OK:
                raise NotAnswered(f"{system.path_of(user)}: {status}")

    await asyncio.gather(*(one_after_another() for _ in range(AT_A_TIME)))
    client.close()


def spent_s(system: System) -> float:
    """Processor seconds of all its processes; Kafka and Redis are not among them."""
    return sum(cpu_s(one.process.pid) for one in system.running)


def memory_mib(system: System) -> float:
    """Of all its processes, what they share counted once."""
    return sum(_pss(one) for one in _processes(system)) / 2**20


def _processes(system: System) -> Iterator[psutil.Process]:
    for one in system.running:
        yield from family(one.process.pid)


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().pss)
    return 0


def used(system: System) -> int:
    """Bytes of all that Redis holds, its clients' buffers not counted."""
    time.sleep(1)  # what was just written or dropped is in the figure then
    info = connect(system.services.redis.address, timeout_s=5).info("memory")
    return int(info["used_memory_dataset"])

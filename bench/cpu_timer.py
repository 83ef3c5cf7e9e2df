"""The cost of work, in wall-clock and processor seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import psutil


class Cost(NamedTuple):
    """What some work took: so many records, ratings or batches of it."""

    done: int
    cpu_s: float
    wall_s: float

    @property
    def us(self) -> float:
        """Microseconds of processor time for each."""
        return self.cpu_s / self.done * 1e6

    @property
    def per_cpu_s(self) -> float:
        """How many in a second of processor time."""
        return self.done / self.cpu_s

    @property
    def per_s(self) -> float:
        """How many in a second of the wall clock."""
        return self.done / self.wall_s


class Since:
    """A moment, and what has been spent from then on."""

    def __init__(self, spent_s: Callable[[], float] = time.process_time) -> None:
        """Begin now; processor time is that of all threads of this process, unless told."""
        self._spent_s = spent_s
        self._wall_s, self._cpu_s = time.monotonic(), spent_s()

    def cost(self, done: int) -> Cost:
        """What so many have cost."""
        return Cost(done, self._spent_s() - self._cpu_s, time.monotonic() - self._wall_s)


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and all below it, those that have ended too."""
    spent = 0.0
    for one in family(pid):
        with suppress(psutil.NoSuchProcess):  # who started it has its time by now
            spent += sum(one.cpu_times()[:4])
    return spent

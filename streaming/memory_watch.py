"""The memory of the job's processes, by part, and a warning if it is too much."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

from streaming.metrics import Metrics

MIB = 2**20
EXPECTED_MIB = 1_600
"""What the limits of the driver's Java add up to, and what else was ever seen beside it."""

log = logging.getLogger(__name__)


class MemoryUse(NamedTuple):
    """Bytes of the driver's Python, its Java, and Spark's Python workers.

    Each process counts for its proportional share of what is shared (PSS).
    """

    python: int
    java: int
    workers: int


def memory_use(pid: int) -> MemoryUse:
    """What a driver and all below it hold; processes come and go meanwhile."""
    driver = psutil.Process(pid)
    java = workers = 0
    for one in driver.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if one.name() == "java":
                java += _share(one)
            else:
                workers += _share(one)
    return MemoryUse(_share(driver), java, workers)


@dataclass
class MemoryWatch:
    """Tells what is held, and once when it is more than expected.

    `live_heap` gives the bytes of Java's heap that its last full collection has left.
    """

    held: Callable[[], MemoryUse]
    live_heap: Callable[[], int]
    metrics: Metrics
    _warned: bool = field(default=False, init=False)

    def look(self) -> None:
        """Read it now."""
        found, live = self.held(), self.live_heap()
        self.metrics.holds(found._asdict(), live)
        too_much = sum(found) > EXPECTED_MIB * MIB
        if too_much and not self._warned:
            log.warning("%s", _said(found, live))
        self._warned = too_much


def _share(process: psutil.Process) -> int:
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.rss))  # only Linux tells shares


def _said(found: MemoryUse, live: int) -> str:
    python, java, workers, all_of_it, live = (x // MIB for x in (*found, sum(found), live))
    parts = f"Python {python}, Java {java}, Spark's Python workers {workers}"
    return (
        f"the job holds {all_of_it} MiB, more than the expected {EXPECTED_MIB}: {parts}; "
        f"{live} left after Java's last full collection"
    )

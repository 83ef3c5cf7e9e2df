"""What is told of the memory that a job's processes hold."""

import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from streaming.memory_watch import EXPECTED_MIB, MIB, MemoryUse, MemoryWatch, memory_use
from streaming.metrics import Metrics

ENOUGH = MemoryUse(python=150 * MIB, java=800 * MIB, workers=250 * MIB)
TOO_MUCH = ENOUGH._replace(java=EXPECTED_MIB * MIB)


@dataclass
class Watched:
    """A watch over memory that is said to be held."""

    found: MemoryUse = ENOUGH
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        metrics = Metrics(self.registry, starts=1)
        self.watch = MemoryWatch(lambda: self.found, lambda: 90 * MIB, metrics)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"reelstream_streaming_{name}", labels)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_each_part_is_told_and_what_a_collection_leaves(watched: Watched) -> None:
    watched.watch.look()

    parts = {part: watched.value("resident_bytes", part=part) for part in MemoryUse._fields}
    assert parts == ENOUGH._asdict()
    assert watched.value("live_heap_bytes") == 90 * MIB


def test_too_much_is_warned_of_once_and_by_part(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for watched.found in (ENOUGH, TOO_MUCH, TOO_MUCH):
        watched.watch.look()

    (warning,) = (one.getMessage() for one in caplog.records)
    assert f"holds {EXPECTED_MIB + 400} MiB" in warning
    assert f"Java {EXPECTED_MIB}" in warning


def test_it_is_warned_of_again_once_it_was_enough(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    for watched.found in (TOO_MUCH, ENOUGH, TOO_MUCH):
        watched.watch.look()

    assert len(caplog.records) == 2


def test_a_process_and_those_below_it_count_by_part() -> None:
    grows = "import sys; held = b'x' * 2**26; print('there', flush=True); sys.stdin.read()"
    before = memory_use(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", grows], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as below:
        assert below.stdout
        below.stdout.readline()
        found = memory_use(os.getpid())
        below.communicate()

    assert found.workers - before.workers >= 2**26
    assert found.python > 0

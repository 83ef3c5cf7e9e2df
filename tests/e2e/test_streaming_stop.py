"""Wherever the streaming job is, SIGTERM ends it well and in time, and it goes on exactly."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.settings import Settings
from harness.e2e.running_system import System
from harness.e2e.streaming_job import (
    STARTED_WITHIN_S,
    batches,
    broken,
    caught_up,
    prepared,
    send,
    start,
)
from harness.streaming.crash_points import TOLD, arm, is_hit, planted

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

ENDS_WITHIN_S = 10
LIVE = 2000


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Where a file arms a point of the job."""
    return tmp_path / "points"


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path, points: Path
) -> Iterator[System]:
    with prepared(settings, planted(points, environment), tmp_path / "logs", data) as one:
        yield one


def test_a_job_that_is_told_to_stop_ends_well_wherever_it_is(system: System, points: Path) -> None:
    send(system, 0, LIVE)
    assert stopped_at(system, points, "before the session") == 0
    assert stopped_at(system, points, "one query started") == 0

    system.run("producer", "replay", str(system.data))
    job = start(system)
    system.until(lambda: in_a_batch(system.settings), STARTED_WITHIN_S, "in a bulk batch")
    assert in_time(job, job.terminate) == 0

    send(system, LIVE, 2 * LIVE)
    assert stopped_at(system, points, "between buckets and offsets") == 0

    job = start(system)
    goes_on_exactly(system)
    assert in_time(job, job.terminate) == 0
    assert "\nerror: " not in said(system)

    start(system)
    send(system, 2 * LIVE, 2 * LIVE + 100)
    goes_on_exactly(system)


def stopped_at(system: System, points: Path, point: str) -> int:
    """Start the job, which is told to stop at this point of it: how it ends."""
    arm(points, point, TOLD)
    job = start(system)
    system.until(lambda: is_hit(points, point), STARTED_WITHIN_S, point)
    return in_time(job)


def in_time(job: "subprocess.Popen[bytes]", tell: Callable[[], None] = lambda: None) -> int:
    tell()
    return job.wait(ENDS_WITHIN_S)


def in_a_batch(settings: Settings) -> bool:
    planned, committed = (batches(settings.checkpoints, "log", k) for k in ("offsets", "commits"))
    return planned > committed


def goes_on_exactly(system: System) -> None:
    system.until(lambda: caught_up(system.settings), STARTED_WITHIN_S, "caught up")
    assert broken(system) == []


def said(system: System) -> str:
    return (system.logs / "streaming.log").read_text(errors="replace")

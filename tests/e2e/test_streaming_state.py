"""Spark's state, damaged under a real checkpoint: the job refuses it, or counts on exactly."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from contracts.process_exit import FAILED, REFUSED
from contracts.settings import Settings
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import genres_of, truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import dump
from harness.e2e.running_system import System
from harness.e2e.streaming_job import (
    STARTED_WITHIN_S,
    batches,
    caught_up,
    prepared,
    send,
    start,
)
from harness.eventually import eventually
from redis_store.connection import connect
from redis_store.trends import TrendStore

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(600)]

OFTEN = """
from reelstream.__main__ import main
from streaming.spark_options import OPTIONS
OPTIONS["spark.sql.streaming.stateStore.maintenanceInterval"] = "1s"
OPTIONS["spark.sql.streaming.stateStore.minDeltasForSnapshot"] = "2"
main()
"""
"""Runs the job so that a small checkpoint has snapshots too."""
CONTENT = 21
"""Where a change log's first block has its content, behind LZ4's header."""
ROWS = 200
"""Sent before each start, so that the state is read."""


class Often(System):
    """A system whose Spark makes snapshots of its state often."""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", OFTEN, *arguments]


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> Iterator[System]:
    with prepared(settings, environment, tmp_path / "logs", data, Often) as one:
        yield one


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, place: int) -> None:
    """One bit; of a change log `tests/streaming/test_damaged_change_logs.py` flips all."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def newest(trends: Path, end: str) -> Path:
    """The newest file of this kind of the first state partition."""
    return max(
        (trends / "state" / "0" / "0").glob(f"[0-9]*.{end}"), key=lambda path: int(path.stem)
    )


def needed(trends: Path) -> Path:
    """The newest change log, with no snapshot of the same version to take its place."""
    path = newest(trends, "changelog")
    for name in (f"{path.stem}.zip", f".{path.stem}.zip.crc"):
        path.with_name(name).unlink(missing_ok=True)
    return path


def unchecked(path: Path) -> Path:
    """The file, without the checksum beside it."""
    path.with_name(f".{path.name}.crc").unlink()
    return path


def exchange(one: Path, other: Path) -> None:
    one.rename(one.with_name("aside"))
    other.rename(one)
    one.with_name("aside").rename(other)


HARMS: dict[str, Callable[[Path], object]] = {
    "change log cut": lambda trends: cut(needed(trends)),
    "change log flipped": lambda trends: flip(unchecked(needed(trends)), CONTENT),
    "change log gone": lambda trends: needed(trends).unlink(),
    "snapshot flipped": lambda trends: flip(
        path := newest(trends, "zip"), path.stat().st_size // 2
    ),
    "source's first offsets gone": lambda trends: shutil.rmtree(trends / "sources"),
    "partitions exchanged": lambda trends: exchange(trends / "state/0/0", trends / "state/0/1"),
}
ENDS = {
    "change log cut": {FAILED, REFUSED},
    "change log flipped": {FAILED, REFUSED},
    "change log gone": {FAILED, REFUSED},
    "partitions exchanged": {REFUSED},
}
"""How the job ends; from the others Spark knows a way back."""


def test_damaged_state_ends_the_job_or_does_no_harm(system: System) -> None:
    used(system)

    for name, harm in HARMS.items():
        with copied(system, name) as one:
            harm(one.settings.checkpoints / "trends")
            code = goes_on(one)

            assert code in ENDS.get(name, {None}), name
            assert has_said_why(one) == (name in ENDS), name
            assert wrong_trends(one) == [], name


def used(system: System) -> None:
    """Run the job for some batches, and stop it."""
    settings = system.settings
    start(system)
    for n in range(6):
        send(system, n * ROWS, (n + 1) * ROWS)
        system.until(partial(is_past, settings, n), STARTED_WITHIN_S, "counted")
    system.until(lambda: caught_up(settings), STARTED_WITHIN_S, "caught up")
    system.stop()


def is_past(settings: Settings, batch: int) -> bool:
    return batches(settings.checkpoints, "trends", "commits") > batch


@contextmanager
def copied(system: System, name: str) -> Iterator[System]:
    """The same installation once more: its own folder, and an empty store."""
    state = system.settings.state.with_name(name)
    shutil.copytree(system.settings.state, state)
    keys = f"{system.settings.key_prefix}{name}:"
    settings = system.settings.model_copy(update={"state": state, "key_prefix": keys})
    variables = {"REELSTREAM_STATE": str(state), "REELSTREAM_KEY_PREFIX": keys}
    logs = system.logs / name
    logs.mkdir()
    one = Often(settings, dict(system.environment) | variables, logs, system.data)
    try:
        yield one
    finally:
        one.stop()


def has_said_why(system: System) -> bool:
    """In a line of its own; Java's words may come behind it."""
    lines = (system.logs / "streaming.log").read_text(errors="replace").splitlines()
    return any(line.startswith("error: ") for line in lines)


def goes_on(system: System) -> int | None:
    """Start the job with new ratings to count: how it ended, or None once it has caught up."""
    send(system, ROWS * 6, ROWS * 7)
    job = start(system)
    eventually(
        lambda: job.poll() is not None or caught_up(system.settings),
        STARTED_WITHIN_S,
        "caught up, or ended",
        every_s=0.2,
        told=system.words,
    )
    return job.poll()


def wrong_trends(system: System) -> list[str]:
    """How the buckets differ from what the offsets beside them say that they count."""
    settings = system.settings
    store = TrendStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    upto = store.reflected()
    rows = [
        row
        for row in dump(settings.kafka, settings.topics.ratings)
        if row.offset < upto.get(row.partition, 0)
    ]
    truth = truth_of(rows, settings.partitions, genres_of(system.data))
    found = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_address))
    return violations(State(buckets=truth.buckets), State(buckets=found.buckets))

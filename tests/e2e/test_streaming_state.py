"""Spark's state, damaged under a real checkpoint: the job refuses it, or counts on exactly."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from contracts.edge import FAILED, REFUSED
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.trends import TrendStore
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.shapes import State
from tests.checker.truth import genres_of, truth_of
from tests.e2e.streaming_job import (
    STARTED_WITHIN_S,
    batches,
    caught_up,
    prepared,
    send,
    start,
)
from tests.e2e.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(600)]

OFTEN = """\
spark.sql.streaming.stateStore.maintenanceInterval 1s
spark.sql.streaming.stateStore.minDeltasForSnapshot 2
"""
"""For Spark, so that a small checkpoint has snapshots too."""
CONTENT = 21
"""Where a change log's first block has its content, behind LZ4's header."""
ROWS = 200
"""Sent before each start, so that the state is read."""


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> Iterator[System]:
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "spark-defaults.conf").write_text(OFTEN)
    variables = environment | {"SPARK_CONF_DIR": str(tmp_path / "spark")}
    with prepared(settings, variables, tmp_path / "logs", data) as one:
        yield one


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, place: int) -> None:
    """One bit; of a change log `tests/streaming/test_change_logs.py` flips all."""
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
}
DETECTED = {"change log cut", "change log flipped", "change log gone"}
"""These end the job; from the others Spark knows a way back."""


def test_damaged_state_ends_the_job_or_does_no_harm(system: System) -> None:
    used(system)

    for name, harm in HARMS.items():
        with copied(system, name) as one:
            harm(one.settings.checkpoints / "trends")
            code = goes_on(one)

            assert (name, code in {FAILED, REFUSED}) == (name, name in DETECTED)
            assert has_said_why(one) == (name in DETECTED)
            assert wrong_trends(one) == []


def test_exchanged_state_of_two_partitions_is_refused(system: System) -> None:
    used(system)
    with copied(system, "exchanged") as one:
        state = one.settings.checkpoints / "trends" / "state" / "0"
        exchange(state / "0", state / "1")

        assert goes_on(one) == REFUSED

        assert wrong_trends(one) == []


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
    one = System(settings, dict(system.environment) | variables, logs, system.data)
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
    deadline = time.monotonic() + STARTED_WITHIN_S
    while job.poll() is None and not caught_up(system.settings):
        assert time.monotonic() < deadline
        time.sleep(0.2)
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
    found = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_place))
    return violations(State(buckets=truth.buckets), State(buckets=found.buckets))

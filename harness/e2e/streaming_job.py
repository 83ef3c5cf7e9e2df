"""The streaming job alone, as a user runs it, and what the checker says of it."""

import dataclasses
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from contracts.process_status import StreamingStatus
from contracts.settings import Settings
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import genres_of, truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import dump
from harness.e2e.running_system import System
from redis_store.connection import connect
from redis_store.status import StatusStore
from reelstream.system_probe import SystemProbe

STARTED_WITHIN_S = 60
REFUSED_WITHIN_S = 15
"""On a busy machine; on a quiet one it takes two seconds."""


@contextmanager
def prepared(
    settings: Settings,
    environment: Mapping[str, str],
    logs: Path,
    data: Path,
    kind: type[System] = System,
) -> Iterator[System]:
    """An installation with topics and a catalogue; whatever was started in it ends with it."""
    logs.mkdir(parents=True, exist_ok=True)
    one = kind(settings, environment, logs, data)
    one.run("topics")
    one.run("producer", "catalogue", str(data))
    try:
        yield one
    finally:
        one.stop()


def start(system: System) -> "subprocess.Popen[bytes]":
    """Start the job."""
    return system.start("streaming", "streaming", "run")


def send(system: System, first: int, until: int, *options: str) -> None:
    """Rows as live ratings."""
    span = ["--from", str(first), "--until", str(until), "--clock", "now", *options]
    system.run("producer", "replay", str(system.data), *span)


def caught_up(settings: Settings) -> bool:
    """Whether log and trends reflect all of the topic."""
    store = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    said = store.read(StreamingStatus)
    records = sum(SystemProbe(settings).topic_ends().values())
    return (said.landed, said.behind, said.trends_behind) == (records, 0, 0)


def expected_and_found(settings: Settings, data: Path) -> tuple[State, State]:
    """What the topic says of log and buckets, and what they hold."""
    rows = dump(settings.kafka, settings.topics.ratings)
    truth = truth_of(rows, settings.partitions, genres_of(data))
    found = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_address))
    return dataclasses.replace(truth, positions={}, histories={}, totals={}), found


def broken(system: System) -> list[str]:
    """How log and buckets differ from what the topic says."""
    return violations(*expected_and_found(system.settings, system.data))


def ended(system: System, *arguments: str) -> tuple[int, str]:
    """A command's exit code and its last line; a refusal is no matter of minutes."""
    began = time.monotonic()
    done = subprocess.run(
        system.command(*arguments),
        env=dict(system.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - began < REFUSED_WITHIN_S
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


def kill(system: System) -> None:
    """SIGKILL, and wait until its Java is gone too."""
    process = psutil.Process(system.processes["streaming"].pid)
    family = [process, *process.children(recursive=True)]
    process.send_signal(signal.SIGKILL)
    system.processes["streaming"].wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def batches(checkpoints: Path, query: str, kind: str) -> int:
    """How many batches of a query are planned (`offsets`) or committed (`commits`)."""
    folder = checkpoints / query / kind
    numbers = (int(path.name) for path in folder.glob("[0-9]*"))
    return max(numbers, default=-1) + 1

"""The streaming job alone, as a user runs it, and what the checker says of it."""

import dataclasses
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.status import StatusStore
from reelstream.watch import Watch
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.shapes import State
from tests.checker.truth import genres_of, truth_of
from tests.e2e.system import System

STARTED_WITHIN_S = 60
REFUSED_WITHIN_S = 15
"""On a busy machine; on a quiet one it takes two seconds."""


@contextmanager
def prepared(
    settings: Settings, environment: Mapping[str, str], logs: Path, data: Path
) -> Iterator[System]:
    """An installation with topics and a catalogue; whatever was started in it ends with it."""
    logs.mkdir(parents=True, exist_ok=True)
    one = System(settings, environment, logs, data)
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
    said = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys).read("streaming")
    records = sum(Watch(settings).topic_ends().values())
    landed = said.get("landed") == str(records)
    return landed and (said["behind"], said["trends_behind"]) == ("0", "0")


def expected_and_found(settings: Settings, data: Path) -> tuple[State, State]:
    """What the topic says of log and buckets, and what they hold."""
    rows = dump(settings.kafka, settings.topics.ratings)
    truth = truth_of(rows, settings.partitions, genres_of(data))
    found = found_in(settings.redis_url, settings.key_prefix, Path(settings.log_place))
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

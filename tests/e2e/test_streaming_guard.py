"""The streaming job alone, on real ratings: what an operator may do to it, and what follows."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from contracts.edge import BUSY, REFUSED
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.status import StatusStore
from tests.checker.dump import dump
from tests.checker.found import found_in
from tests.checker.law import violations
from tests.checker.shapes import State
from tests.checker.truth import genres_of, truth_of
from tests.e2e.poison import send_poison
from tests.e2e.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

STARTED_WITHIN_S = 60
REFUSED_WITHIN_S = 15
"""On a busy machine; on a quiet one it takes two seconds."""


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path
) -> Iterator[System]:
    (tmp_path / "logs").mkdir()
    one = System(settings, environment, tmp_path / "logs", data)
    one.run("topics")
    one.run("producer", "catalogue", str(data))
    yield one
    one.stop()


def test_streaming_refuses_what_would_count_wrongly_and_begins_anew_when_it_is_told_to(
    system: System,
) -> None:
    start(system)
    send(system, 0, 3000)
    poison = send_poison(system.settings.kafka, system.settings.topics.ratings)
    system.until(lambda: caught_up(system), STARTED_WITHIN_S, "caught up")
    assert broken(system) == []

    code, said = ended(system, "streaming", "run")
    assert code == BUSY
    assert "is in use by another streaming job (streaming): stop that first" in said

    forget_buckets(system)
    system.until(lambda: broken(system) == [], STARTED_WITHIN_S, "written again")

    kill(system)
    put_back(system.settings.checkpoints)
    code, said = ended(system, "streaming", "run")
    assert code == REFUSED
    assert "was put back from batch" in said
    assert said.endswith("give it up with `reelstream streaming start-over`")

    code, said = ended(system, "streaming", "start-over", "--yes")
    assert (code, "what was there is in" in said) == (0, True)
    send(system, 3000, 3500)
    start(system)
    system.until(lambda: caught_up(system), STARTED_WITHIN_S, "caught up")
    assert broken(system) == []

    system.processes["streaming"].terminate()
    assert system.processes["streaming"].wait(10) == 0
    forget_buckets(system)
    code, said = ended(system, "streaming", "rebuild")
    assert code == 0
    assert f"of {3500 + poison} records" in said
    assert broken(system) == []


def start(system: System) -> None:
    system.start("streaming", "streaming", "run")


def send(system: System, first: int, until: int) -> None:
    """Rows as live ratings."""
    span = ["--from", str(first), "--until", str(until), "--clock", "now"]
    system.run("producer", "replay", str(system.data), *span)


def caught_up(system: System) -> bool:
    settings = system.settings
    said = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys).read("streaming")
    records = len(dump(settings.kafka, settings.topics.ratings))
    landed = said.get("landed") == str(records)
    return landed and (said["behind"], said["trends_behind"]) == ("0", "0")


def broken(system: System) -> list[str]:
    """How log and buckets differ from what the topic says."""
    settings = system.settings
    rows = dump(settings.kafka, settings.topics.ratings)
    truth = truth_of(rows, settings.partitions, genres_of(system.data))
    found = found_in(settings.redis_url, settings.key_prefix, system.event_log())
    kept = State(buckets=truth.buckets, activity=truth.activity, users=truth.users, log=truth.log)
    return violations(kept, found)


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


def forget_buckets(system: System) -> None:
    """Take from Redis what streaming owns there."""
    client = connect(system.settings.redis_url, timeout_s=5)
    for kind in ("trend", "activity", "active"):
        keys = [*client.scan_iter(f"{system.settings.key_prefix}{kind}:*", count=1000)]
        assert keys
        client.delete(*keys)


def kill(system: System) -> None:
    """SIGKILL, and wait until its Java is gone too."""
    process = psutil.Process(system.processes["streaming"].pid)
    family = [process, *process.children(recursive=True)]
    process.send_signal(signal.SIGKILL)
    system.processes["streaming"].wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def put_back(checkpoints: Path) -> None:
    """As somebody does who restores the small files alone: the last batch is gone."""
    for kind in ("offsets", "commits"):
        newest = max((checkpoints / "log" / kind).glob("[0-9]*"), key=lambda path: int(path.name))
        newest.unlink()

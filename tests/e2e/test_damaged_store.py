"""Damaged values and an emptied Redis below `up`: it goes on, heals, and starts again."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.redis_keys import Keys
from contracts.run_record import RECORD
from contracts.settings import Settings
from harness.eventually import eventually
from harness.reelstream.command_runner import Machine
from harness.services import wait_for_redis
from redis_store.connection import Client, connect
from reelstream import redis_command
from reelstream.ports import free_port
from tests.e2e.observed_system import (
    FIRST_MODEL_WITHIN_S,
    LOOKS_EVERY_S,
    first_model,
    glance,
    is_well_within,
    status,
)

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(500)]

HEALED_WITHIN_S = 60
"""Noticed within 30 s; then a version and four partitions are written."""


@pytest.fixture
def machine(tmp_path: Path, small_data: Path) -> Machine:
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(small_data)}
    return Machine(tmp_path, variables, without=("REELSTREAM_KAFKA", "REELSTREAM_REDIS_URL"))


def test_damage_and_loss_end_nothing_and_heal(machine: Machine) -> None:
    with machine.running("up") as process:
        first_model(machine)
        client, keys = store(machine)

        damage(client, keys)
        heals_within(machine, HEALED_WITHIN_S)

        client.flushall()
        heals_within(machine, HEALED_WITHIN_S)
        before = status(machine)
        process.send_signal(signal.SIGINT)
        process.wait(20)

    with redis_alone(machine) as client:
        damage(client, keys)
    done = machine.reelstream("rebuild", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["batch"]["version"] == before["model_version"]
    assert machine.left_running() == []

    with redis_alone(machine) as client:
        damage(client, keys)
    with machine.running("up") as process:
        heals_within(machine, FIRST_MODEL_WITHIN_S)
        after = status(machine)
        process.send_signal(signal.SIGINT)
        process.wait(20)
    counts = ("records", "applied", "no_effect", "rejected")
    assert [after[name] for name in counts] == [before[name] for name in counts]


def damage(client: Client, keys: Keys) -> None:
    """One value each of those that everything stands on."""
    client.hset(keys.active(), "version", "abc")
    client.hset(keys.position(0), "next", "abc")
    client.set(keys.position(1), b"\xff")
    for key in client.scan_iter(f"{keys.prefix}rated:{{2}}:*", count=1000):
        client.set(key, b"\xff")
    client.hset(keys.trend_offsets(), "0", "abc")
    client.set(keys.catalogue_size(), "9" * 400)
    for process in ("batch", "streaming", "speed", "streaming-log"):
        client.set(keys.status(process), b"\xff")
    client.xadd(keys.stories(), {"other": "shape"})


def heals_within(machine: Machine, seconds: float) -> None:
    """Wait until nothing is wrong any more, and a model is there."""
    eventually(
        lambda: glance(machine)["model_version"] is not None, seconds, "a model", LOOKS_EVERY_S
    )
    is_well_within(machine, seconds)
    assert status(machine)["model_version"] is not None


def settings_of(machine: Machine) -> Settings:
    """Of what runs, or ran last."""
    record = (machine.state / "up" / RECORD).read_bytes()
    return Settings.model_validate(json.loads(record)["settings"])


def store(machine: Machine) -> tuple[Client, Keys]:
    """Its Redis."""
    settings = settings_of(machine)
    return connect(settings.redis_url, timeout_s=20), settings.keys


@contextmanager
def redis_alone(machine: Machine) -> Iterator[Client]:
    """Its Redis on its data, and nothing else of it."""
    settings = settings_of(machine)
    port = int(settings.redis_url.rsplit(":", 1)[1].split("/")[0])
    command = redis_command.prepare((machine.state / "up").resolve(), port)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_for_redis(settings.redis_url)
    try:
        yield connect(settings.redis_url, timeout_s=20)
    finally:
        process.terminate()
        process.wait(20)

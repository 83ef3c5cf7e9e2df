"""Ctrl-C at every stage of a demo's start, as a terminal sends it: to its whole group."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.reelstream.command_runner import Machine
from reelstream.die_with_parent import dying_with_parent
from reelstream.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

GONE_WITHIN_S = 15
Stage = Callable[[Machine], bool]


def after(seconds: float) -> Stage:
    """So long after the first question."""
    began: list[float] = []

    def reached(_: Machine) -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] > seconds

    return reached


def pick(one: dict[str, str]) -> dict[str, str]:
    """Name and state of a step."""
    return {"name": one["name"], "state": one["state"]}


def step(name: str, state: str) -> Stage:
    """As soon as a step of the checklist is in this state."""

    def reached(machine: Machine) -> bool:
        path = machine.state / "demo" / "progress.json"
        if not path.exists():
            return False
        steps = json.loads(path.read_bytes())["steps"]
        return {"name": name, "state": state} in [pick(one) for one in steps]

    return reached


STAGES: dict[str, Stage] = {
    "while Python imports": after(0.1),
    "while the machine is looked at": after(0.9),
    "while Kafka's storage is formatted": step("Kafka", "running"),
    "while Kafka starts": lambda m: (m.state / "demo" / "logs" / "kafka.log").exists(),
    "while history is loaded": step("History", "running"),
    "while the first model is trained": step("First model", "running"),
}


@pytest.fixture
def busy() -> Iterator[Callable[[], None]]:
    """Takes every core, for as long as the test lasts."""
    burning: list[subprocess.Popen[bytes]] = []

    def burn() -> None:
        command = [sys.executable, "-c", "while True: pass"]
        burning.extend(
            subprocess.Popen(dying_with_parent(command)) for _ in range(os.cpu_count() or 1)
        )

    yield burn
    for one in burning:
        one.kill()
        one.wait()


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_ends_a_start_on_a_busy_machine_and_leaves_nothing_running(
    stage: str, tmp_path: Path, data: Path, busy: Callable[[], None]
) -> None:
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(data)}
    machine = Machine(tmp_path, variables)
    pressed: list[float] = []

    def when() -> bool:
        reached = STAGES[stage](machine)
        pressed.append(time.monotonic())
        if reached:
            busy()
        return reached

    ended = machine.interrupted(when, "demo")

    assert ended.code == 130
    assert "Traceback" not in ended.err
    assert "interrupted" in ended.err.splitlines()[-1]
    assert machine.left_running() == []
    assert not (machine.state / "demo" / "scratch").exists()
    assert time.monotonic() - pressed[-1] < GONE_WITHIN_S

"""`reelstream up`: what was there yesterday is there today."""

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from reelstream.ports import free_port
from tests.reelstream.commands import Machine, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

VISITOR = 1_400_000_007
FIRST_MODEL_WITHIN_S = 180
THERE_AGAIN_WITHIN_S = 60


@pytest.fixture
def machine(tmp_path: Path, data: Path) -> Machine:
    """A machine whose folders have names that need care."""
    folder = tmp_path / "ein Ördner"
    folder.mkdir()
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(data)}
    return Machine(folder, variables)


def test_up_resumes_with_its_ratings_and_its_model_after_ctrl_c_and_after_a_kill(
    machine: Machine,
) -> None:
    with machine.running("up") as process:
        eventually(lambda: status(machine)["model_version"] == 1, FIRST_MODEL_WITHIN_S)
        rated(machine, 1214)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "goes on from there" in said
    assert machine.left_running() == []

    with machine.running("up") as process:
        eventually(lambda: source(machine) == "fold_in", THERE_AGAIN_WITHIN_S)
        eventually(lambda: well(machine), FIRST_MODEL_WITHIN_S)
        rated(machine, 1200)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    eventually(lambda: machine.left_running() == [], THERE_AGAIN_WITHIN_S)

    with machine.running("up") as process:
        eventually(lambda: well(machine), FIRST_MODEL_WITHIN_S)
        eventually(lambda: measures(machine), THERE_AGAIN_WITHIN_S)
        after = status(machine)
        process.send_signal(signal.SIGINT)
        process.wait(20)

    assert (after["records"], after["applied"]) == (100_836 + 2, 100_836 + 2)
    assert after["model_version"] >= 1


def well(machine: Machine) -> bool:
    """Whether nothing is wrong and nothing behind."""
    seen = status(machine)
    return seen["wrong"] == [] and set(seen["behind"].values()) == {0}


def status(machine: Machine) -> dict[str, Any]:
    """What `reelstream status --json` says; mostly nothing while it does not run."""
    said = machine.reelstream("status", "--json").out
    return dict(json.loads(said)) if said else {"model_version": None, "wrong": ["nothing runs"]}


def measures(machine: Machine) -> bool:
    """Whether Prometheus hears that this is not streaming's first start, and nothing is left."""
    streaming, speed = metrics(machine, "streaming"), metrics(machine, "speed")
    left = {
        streaming.get('reelstream_streaming_offsets_behind{partition="0",query="log"}'),
        speed.get('reelstream_speed_offsets_behind{partition="0"}'),
    }
    return left == {"0.0"} and float(streaming["reelstream_streaming_starts_total"]) > 1


def metrics(machine: Machine, process: str) -> dict[str, str]:
    """What a process tells Prometheus."""
    with urllib.request.urlopen(status(machine)["metrics"][process]) as answer:
        lines = answer.read().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def source(machine: Machine) -> str:
    """Where the visitor's list comes from."""
    path = f"/users/{VISITOR}/recommendations"
    with urllib.request.urlopen(address(machine) + path) as answer:
        return str(json.load(answer)["source"])


def rated(machine: Machine, movie_id: int) -> None:
    """Rate as the visitor, and wait until it shows."""
    request = urllib.request.Request(
        f"{address(machine)}/users/{VISITOR}/ratings?wait=visible",
        json.dumps({"movie_id": movie_id, "rating": 5}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["visible"]
    except HTTPError as error:
        log = machine.state / "up" / "logs" / "api.log"
        raise AssertionError(f"{error.read().decode()}: {log.read_text()}") from error


def address(machine: Machine) -> str:
    """Of its API."""
    return f"http://127.0.0.1:{machine.variables['REELSTREAM_API_PORT']}"

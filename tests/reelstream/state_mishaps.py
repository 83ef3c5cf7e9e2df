"""Mishaps of the state folder: somebody else's, in use, of another kind, or damaged."""

from harness.reelstream.command_runner import NO_NETWORK, Ended, Machine
from reelstream.state_folder import LAYOUT, held
from tests.reelstream.provoked_mishaps import Mishaps, an_installation, own_cache, state_of_up

MISHAPS = Mishaps()


@MISHAPS.named("the state folder holds someone else's files")
def somebodys_folder(machine: Machine) -> Ended:
    (machine.state / "demo").mkdir(parents=True)
    (machine.state / "demo" / "thesis.txt").touch()
    return machine.reelstream("demo")


@MISHAPS.named("a state folder of another layout")
def other_layout(machine: Machine) -> Ended:
    state_of_up(machine, installation=an_installation(LAYOUT + 1))
    return machine.reelstream("up")


@MISHAPS.named("a state folder of another Kafka cluster")
def other_cluster(machine: Machine) -> Ended:
    folder = state_of_up(machine, installation=an_installation(LAYOUT))
    (folder / "event-log").mkdir()
    (folder / "event-log" / "log.json").write_text('{"cluster_id": "theirs"}')
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("cluster.id=ours\n")
    return machine.reelstream("up")


@MISHAPS.named("a state folder of other ratings")
def other_ratings(machine: Machine) -> Ended:
    loaded = {"sha256": "0" * 64, "whole": True}
    state_of_up(machine, installation=an_installation(LAYOUT), loaded=loaded)
    return machine.reelstream("up")


@MISHAPS.named("a state folder whose marker is damaged")
def damaged_marker(machine: Machine) -> Ended:
    folder = state_of_up(machine)
    (folder / "installation.json").write_text('{"layout": ')
    return machine.reelstream("up")


@MISHAPS.named("a second demo in the same folder")
def second_demo(machine: Machine) -> Ended:
    with held(machine.state / "demo"):
        return machine.reelstream("demo")


@MISHAPS.named("a second `up`, without data or network")
def second_up(machine: Machine) -> Ended:
    own_cache(machine)
    machine.without = [*machine.without, "REELSTREAM_DATA"]
    machine.before = NO_NETWORK
    with held(machine.state / "up"):
        return machine.reelstream("up")


@MISHAPS.named("a state folder whose record of what was loaded is damaged")
def damaged_loaded(machine: Machine) -> Ended:
    (state_of_up(machine) / "loaded.json").write_text('{"sha256": ')
    machine.without = [*machine.without, "REELSTREAM_DATA"]
    return machine.reelstream("up")


@MISHAPS.named("Kafka's files are damaged")
def damaged_kafka(machine: Machine) -> Ended:
    folder = state_of_up(machine, installation=an_installation(LAYOUT))
    (folder / "kafka" / "data").mkdir(parents=True)
    (folder / "kafka" / "data" / "meta.properties").write_text("no properties of Kafka\n")
    return machine.reelstream("up")

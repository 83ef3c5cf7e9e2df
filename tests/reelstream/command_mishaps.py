"""Mishaps of a command: at the wrong time, unasked, or cut short."""

from harness.reelstream.command_runner import Ended, Machine
from reelstream.ports import free_port
from reelstream.state_folder import held
from tests.reelstream.provoked_mishaps import Mishaps, state_of_up

MISHAPS = Mishaps()


@MISHAPS.named("`batch train` before anything has landed")
def trained_on_nothing(machine: Machine) -> Ended:
    return machine.reelstream("batch", "train")


@MISHAPS.named("`streaming start-over` without a checkpoint")
def nothing_to_give_up(machine: Machine) -> Ended:
    ended = machine.reelstream("streaming", "start-over", "--yes")
    assert not machine.state.exists()
    return ended


@MISHAPS.named("`streaming start-over` without a terminal")
def start_over_unasked(machine: Machine) -> Ended:
    (machine.state / "checkpoints").mkdir(parents=True)
    (machine.state / "checkpoints" / "streaming.json").touch()
    return machine.reelstream("streaming", "start-over")


@MISHAPS.named("Ctrl-C during the start")
def ctrl_c(machine: Machine) -> Ended:
    started = machine.state / "demo" / "logs" / "kafka.log"
    return machine.interrupted(started.exists, "demo")


@MISHAPS.named("a demo that ends during start-up")
def short_demo(machine: Machine) -> Ended:
    return machine.reelstream("demo", "--for", "3s")


@MISHAPS.named("`status` when nothing is running")
def status_of_nothing(machine: Machine) -> Ended:
    nowhere = {
        "REELSTREAM_KAFKA": f"127.0.0.1:{free_port()}",
        "REELSTREAM_REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    machine.without = []
    machine.variables |= nowhere
    return machine.reelstream("status")


@MISHAPS.named("`logs` of an unknown process")
def logs_of_nothing(machine: Machine) -> Ended:
    (state_of_up(machine) / "logs").mkdir()
    (machine.state / "up" / "logs" / "speed.log").touch()
    return machine.reelstream("logs", "nix")


@MISHAPS.named("`reset` without a terminal")
def reset_unasked(machine: Machine) -> Ended:
    state_of_up(machine)
    return machine.reelstream("reset")


@MISHAPS.named("`reset` of a running system")
def reset_running(machine: Machine) -> Ended:
    with held(machine.state / "demo"):
        return machine.reelstream("reset", "--yes")

"""How a test sees what runs: by `reelstream status`, or by the same in its own process."""

import json
from functools import partial
from typing import Any

import msgspec

from contracts.clock import now_ms
from contracts.run_record import what_runs
from contracts.settings import Settings
from harness.eventually import eventually
from harness.reelstream.command_runner import Machine
from redis_store.connection import StoreError
from reelstream.status_observer import observer

FIRST_MODEL_WITHIN_S = 180
LOOKS_EVERY_S = 0.5
NOTHING: dict[str, Any] = {
    "model_version": None, "wrong": ["nothing is running"], "behind": {"everything": 1},
}  # fmt: skip


def first_model(machine: Machine) -> None:
    """Wait for it."""
    eventually(
        lambda: glance(machine)["model_version"] == 1,
        FIRST_MODEL_WITHIN_S,
        "a first model",
        LOOKS_EVERY_S,
    )


def is_well_within(machine: Machine, seconds: float) -> None:
    """Wait until nothing is wrong and nothing behind."""
    looked = partial(glance, machine)
    eventually(
        lambda: well(looked()), seconds, "all well", LOOKS_EVERY_S, told=lambda: str(looked())
    )
    eventually(lambda: well(status(machine)), seconds, "well, says `status`")


def well(seen: dict[str, Any]) -> bool:
    """Whether nothing is wrong and nothing behind."""
    return seen["wrong"] == [] and caught_up(seen)


def caught_up(seen: dict[str, Any]) -> bool:
    """Whether nothing is behind the topic."""
    return set(seen["behind"].values()) == {0}


def status(machine: Machine) -> dict[str, Any]:
    """What `reelstream status --json` says; mostly nothing while it does not run."""
    said = machine.reelstream("status", "--json").out
    return dict(json.loads(said)) if said else NOTHING


def glance(machine: Machine) -> dict[str, Any]:
    """The same without a process: to ask it often would take a core from what is waited for."""
    running = what_runs(machine.state)
    if running is None:
        return NOTHING
    settings = Settings.model_validate(running.settings)
    try:
        return dict(msgspec.to_builtins(observer(settings, running, now_ms()).status()))
    except StoreError:
        return NOTHING

"""What runs in a folder: written by the run that holds it, read by `reelstream status`."""

from pathlib import Path
from typing import Any

import msgspec

from contracts.files import write_changed
from contracts.settings import Settings
from reelstream.installation import is_held
from reelstream.supervisor import Process

RECORD = "running.json"
PRIVATE = 0o600
"""The address of Redis may hold a password."""
COMMANDS = ("up", "demo")
"""Each keeps its state in a folder of its name."""


class Running(msgspec.Struct, frozen=True):
    """A run: its command, its settings as they are on this machine, its processes."""

    command: str
    began_ms: int
    settings: dict[str, Any]
    processes: list[Process]


def note(command: str, began_ms: int, settings: Settings, processes: list[Process]) -> None:
    """Write down what runs, if anything has changed."""
    running = Running(command, began_ms, settings.model_dump(mode="json"), processes)
    write_changed(settings.state / RECORD, msgspec.json.encode(running), PRIVATE)


def what_runs(state: Path) -> Running | None:
    """The run that holds one of the folders below `state`; None if nothing runs."""
    for command in COMMANDS:
        folder = state / command
        if is_held(folder) and (folder / RECORD).exists():
            return msgspec.json.decode((folder / RECORD).read_bytes(), type=Running)
    return None


def settings_here(settings: Settings) -> Settings:
    """The settings of what runs on this machine, else those that were given."""
    running = what_runs(settings.state)
    return settings if running is None else Settings.model_validate(running.settings)

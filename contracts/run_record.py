"""What is running in a state folder: recorded by the run, found by commands beside it."""

import fcntl
from pathlib import Path
from typing import Any

import msgspec

from contracts.atomic_files import write_changed
from contracts.process_exit import DAMAGED, Failure
from contracts.settings import Settings

LOCK = "reelstream.lock"
"""Held by a run as long as it lasts."""
RECORD = "running.json"
PRIVATE = 0o600
"""The address of Redis may hold a password."""
COMMANDS = ("up", "demo")
"""Each keeps its state in a folder of its name."""


class Process(msgspec.Struct, frozen=True):
    """A child as it is; without a number while it waits to be started again."""

    name: str
    pid: int | None
    started_ms: int
    restarts: int


class Running(msgspec.Struct, frozen=True):
    """A run.

    Attributes:
        command: one of `COMMANDS`.
        began_ms: when it did.
        settings: as they are on this machine.
        processes: that it looks after.
        given: what it was given explicitly, and did not always follow: a demo has its own Kafka.
    """

    command: str
    began_ms: int
    settings: dict[str, Any]
    processes: list[Process]
    given: dict[str, Any] = {}

    def beside(self, settings: Settings) -> Settings:
        """Its settings, but for those that are given otherwise than they were to it."""
        said = explicit(settings)
        other = {name for name, value in said.items() if self.given.get(name) != value}
        return Settings.model_validate(self.settings | {n: said[n] for n in other - {"state"}})


def explicit(settings: Settings) -> dict[str, Any]:
    """Those settings that the environment names."""
    return settings.model_dump(mode="json", include=settings.model_fields_set)


def note(running: Running) -> None:
    """Write down what runs, if anything has changed."""
    folder = Path(running.settings["state"])
    write_changed(folder / RECORD, msgspec.json.encode(running), PRIVATE)


def what_runs(state: Path) -> Running | None:
    """The run that holds one of the folders below `state`; None if nothing runs."""
    for command in COMMANDS:
        record = state / command / RECORD
        if is_held(state / command) and record.exists():
            return read_record(record)
    return None


def read_record(record: Path) -> Running:
    """A record.

    Raises:
        Failure: if it is damaged.
    """
    try:
        return msgspec.json.decode(record.read_bytes(), type=Running)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what, to_do = f"{RECORD} cannot be read: {error}", "stop that run and start it again"
        raise Failure(what, str(record.parent), to_do, DAMAGED) from None


def is_held(folder: Path) -> bool:
    """Whether a run holds the folder now."""
    try:
        with (folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False

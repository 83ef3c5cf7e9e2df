"""How a mishap is provoked: by name, on a machine that lacks something."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from harness.reelstream.command_runner import HEEDS_PERMISSIONS, Ended, Machine, at_head_of_path
from reelstream.state_folder import held

Mishap = Callable[[Machine], Ended]


class Mishaps(dict[str, Mishap]):
    """What provokes each mishap, by its name in docs/mishaps.md."""

    def named(self, name: str) -> Callable[[Mishap], Mishap]:
        """Provokes the mishap of this name."""

        def registered(provoke: Mishap) -> Mishap:
            self[name] = provoke
            return provoke

        return registered


def without_wheels(machine: Machine, *wheels: str) -> None:
    """Hide wheels that bring Java or Redis, where they are installed."""
    for wheel in wheels:
        (machine.folder / "hidden" / wheel).mkdir(parents=True)
        (machine.folder / "hidden" / wheel / "__init__.py").touch()
    machine.variables["PYTHONPATH"] = at_head_of_path(machine.folder / "hidden")


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


def an_installation(layout: int) -> dict[str, object]:
    """A marker of this layout."""
    return {"layout": layout, "made_by": "9.9", "key_prefix": "reelstream:1:"}

"""Beside a run every command finds it, but those that start something: all that there are."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer

from reelstream.cli import app

FINDS, STARTS, ALONE = "finds what runs", "goes by the environment alone", "needs no settings"
HERE = Path("/nowhere")

COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "demo": (STARTS, {}),
    "up": (STARTS, {}),
    "doctor": (STARTS, {}),
    "reset": (STARTS, {}),
    "jars": (STARTS, {}),
    "api run": (STARTS, {}),
    "batch worker": (STARTS, {}),
    "speed run": (STARTS, {}),
    "streaming run": (STARTS, {}),
    "logs": (STARTS, {"process": "speed"}),  # of what ran last, too
    "rebuild": (FINDS, {}),
    "retrain": (FINDS, {}),
    "status": (FINDS, {}),
    "topics": (FINDS, {}),
    "batch export": (FINDS, {"to": HERE}),
    "batch models": (FINDS, {}),
    "batch rebuild": (FINDS, {}),
    "batch release": (FINDS, {}),
    "batch rollback": (FINDS, {}),
    "batch tastes": (FINDS, {}),
    "batch train": (FINDS, {}),
    "producer catalogue": (FINDS, {}),
    "producer rate": (FINDS, {"user": 1, "movie": 1, "stars": 1.0}),
    "producer replay": (FINDS, {"path": HERE, "rate": "unlimited"}),
    "speed rebuild": (FINDS, {}),
    "streaming alive": (FINDS, {}),
    "streaming rebuild": (FINDS, {}),
    "streaming start-over": (FINDS, {"yes": True}),
    "batch evaluate": (ALONE, {}),
    "batch tune": (ALONE, {}),
    "producer fetch": (ALONE, {}),
    "producer generate": (ALONE, {}),
    "producer validate": (ALONE, {}),
}
"""What each goes by, and what it must be told."""


def commands(app: typer.Typer, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """What each command does, by the words that call it."""
    for one in app.registered_commands:
        assert one.callback
        yield before + (one.name or one.callback.__name__), one.callback
    for group in app.registered_groups:
        assert group.typer_instance
        yield from commands(group.typer_instance, f"{before}{group.name} ")


ALL = dict(commands(app))
WIRINGS = (
    "api.wiring",
    "batch.export.wiring",
    "batch.training_wiring",
    "batch.wiring",
    "producer.wiring",
    "reelstream.show_logs",
    "reelstream.start_wiring",
    "reelstream.operator_wiring",
    "speed.wiring",
    "streaming.health_wiring",
    "streaming.wiring",
)
"""What the commands call, and what asks for settings."""
ASKED = {"settings_here": FINDS, "found_here": FINDS, "from_environment": STARTS}


class Asked(Exception):
    """Which settings a command asks for."""


def asking(for_what: str) -> Callable[[], NoReturn]:
    def ask(*_: object) -> NoReturn:
        raise Asked(for_what)

    return ask


def test_of_every_command_it_is_said_what_it_goes_by() -> None:
    assert set(COMMANDS) == set(ALL)


@pytest.mark.parametrize("name", [name for name, (by, _) in COMMANDS.items() if by is not ALONE])
def test_a_command_goes_by(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by, told = COMMANDS[name]
    for module in map(import_module, WIRINGS):
        for function in ASKED.keys() & vars(module).keys():
            monkeypatch.setattr(module, function, asking(ASKED[function]))

    with pytest.raises(Asked, match=by):
        ALL[name](**told)

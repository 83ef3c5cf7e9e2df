"""The start-up checklist: a file that the page shows and the terminal repeats."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from contracts.files import write_atomically


class State(StrEnum):
    """How far a step is."""

    waiting = "waiting"
    running = "running"
    done = "done"


class Step(msgspec.Struct):
    """One line of the checklist."""

    name: str
    state: State = State.waiting
    detail: str = ""


@dataclass
class Checklist:
    """The steps of a start, written to a file whenever one of them changes."""

    path: Path
    steps: list[Step]
    message: str = ""
    _written: bytes = field(default=b"", init=False)

    def set(self, name: str, state: State, detail: str = "") -> None:
        """Note how far a step is."""
        step = next(step for step in self.steps if step.name == name)
        step.state, step.detail = state, detail
        self.save()

    def say(self, message: str) -> None:
        """Say something below the steps."""
        self.message = message
        self.save()

    def save(self) -> None:
        """Write the file if anything has changed."""
        content = msgspec.json.encode({"steps": self.steps, "message": self.message})
        if content != self._written:
            write_atomically(self.path, content)
            self._written = content

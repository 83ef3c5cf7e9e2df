"""The start-up checklist: a file that the page shows and the terminal repeats."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from contracts.atomic_files import write_changed


class State(StrEnum):
    """The state of a step."""

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
    """The steps of a start, written to a file whenever one of them changes.

    Attributes:
        notice: stays before every message.
    """

    path: Path
    steps: list[Step]
    notice: str = ""
    message: str = ""

    def set(self, name: str, state: State, detail: str = "") -> None:
        """Set the state of a step."""
        step = next(step for step in self.steps if step.name == name)
        step.state, step.detail = state, detail
        self.save()

    @property
    def current(self) -> str:
        """The current step, in words."""
        under_way = [step for step in self.steps if step.state is State.running]
        said = [" ".join(filter(None, [step.name, step.detail])) for step in under_way]
        return ", ".join(said) or "nothing has started"

    def say(self, message: str) -> None:
        """Say something below the steps."""
        self.message = ": ".join(filter(None, [self.notice, message]))
        self.save()

    def save(self) -> None:
        """Write the file if anything has changed."""
        content = msgspec.json.encode({"steps": self.steps, "message": self.message})
        write_changed(self.path, content)

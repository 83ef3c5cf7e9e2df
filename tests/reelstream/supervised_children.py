"""Small children for a supervisor, and waiting for what they do."""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from contracts.settings import child_environment
from harness.eventually import eventually
from reelstream.supervisor import Child, Supervisor

WITHIN_S = 15.0


def python(name: str, program: str, *, once: bool = False) -> Child:
    """A child that runs this program."""
    return Child(name, [sys.executable, "-c", program], child_environment({}), once=once)


def looked_after(supervisor: Supervisor, until: Callable[[], bool]) -> None:
    """Check as its owner would, until the condition holds."""

    def holds() -> bool:
        if until():
            return True
        supervisor.check()
        return False

    eventually(holds, WITHIN_S, "what the children do, looked after", every_s=0.02)


def marks(folder: Path) -> Callable[[int], bool]:
    """Whether a child that leaves a file per start has started so often."""
    return lambda starts: len(list(folder.glob("mark-*"))) >= starts


def marking(folder: Path, then: str) -> str:
    """A program that leaves a file when it starts."""
    mark = f"import sys, time; open(f'{folder}/mark-{{time.time_ns()}}', 'w').close()"
    return f"{mark}; {then}"


def children() -> set[psutil.Process]:
    """This process's descendants; other tests' services are among them."""
    return set(psutil.Process().children(recursive=True))

"""Where the processes are told to serve their metrics."""

from pathlib import Path

import pytest

from contracts.settings import Settings
from reelstream.java import Java
from reelstream.local_stack import LocalStack
from reelstream.ports import Ports
from reelstream.supervisor import Child, Supervisor

PORTS = Ports(1, 2, 3, streaming_metrics=4, speed_metrics=5)


class Noting(Supervisor):
    """Starts nothing, and knows by its name which port each child was told."""

    def __init__(self, logs: Path) -> None:
        super().__init__(logs, lambda _: None)
        self.told: dict[str, str | None] = {}

    def start(self, child: Child) -> None:
        self.told[child.name] = child.environment.get("REELSTREAM_METRICS_PORT")


def told(folder: Path, settings: Settings) -> dict[str, str | None]:
    """The port that each process is told."""
    java, supervisor = Java(folder, folder / "java", 21, "nowhere"), Noting(folder)
    machine = LocalStack(settings, java, folder, PORTS, supervisor, False, False)
    for name in ("streaming", "speed", "api"):
        machine.start(name, name, "run")
    return supervisor.told


def test_each_process_that_has_metrics_gets_a_port_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REELSTREAM_METRICS_PORT", raising=False)

    assert told(tmp_path, Settings()) == {"streaming": "4", "speed": "5", "api": None}


def test_a_port_that_was_set_is_streamings_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_METRICS_PORT", "9464")

    found = told(tmp_path, Settings())

    assert (found["streaming"], found["speed"]) == ("9464", "5")

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelstream.supervisor import Supervisor
from tests.reelstream.command_in_process import Reelstream


@pytest.fixture
def reelstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Reelstream:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path / "state"))
    return Reelstream(tmp_path / "state", monkeypatch, capsys)


@pytest.fixture
def said() -> list[str]:
    """What the supervisor says."""
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(tmp_path / "logs", said.append)
    yield one
    one.stop()

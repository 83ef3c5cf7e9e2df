from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.builders import movielens
from tests.producer.bad_web_server import Server, serving
from tests.producer.builders import ROW
from tests.producer.command_runner import Command


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("REELSTREAM_KAFKA", "127.0.0.1:1")
    return Command(monkeypatch, capsys)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release of one rating."""
    return movielens(tmp_path / "release", ROW)


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetch from servers on loopback past the environment's proxy."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def web(no_proxy: None) -> Iterator[Server]:
    with serving() as server:
        yield server

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reelstream.__main__ import main
from tests.builders import movielens


@dataclass
class Replay:
    """The command line `reelstream producer replay`, run in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said on stderr."""
        self.monkeypatch.setattr(sys, "argv", ["reelstream", "producer", "replay", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, self.capsys.readouterr().err


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Replay:
    return Replay(monkeypatch, capsys)


def said_in_one_line(ended: tuple[int, str], code: int, what: str) -> bool:
    line, *more = ended[1].splitlines()
    return (ended[0], more) == (code, []) and line.startswith("error: ") and what in line


def test_a_process_ends_with_the_exit_code_and_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reelstream", "producer", "replay", str(tmp_path / "none")]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert said_in_one_line((done.returncode, done.stderr), 2, "holds no ratings.csv")


def test_a_missing_folder_is_a_usage_error(replay: Replay, tmp_path: Path) -> None:
    assert said_in_one_line(replay(str(tmp_path / "none")), 2, "holds no ratings.csv")


def test_a_folder_without_ratings_is_rejected(replay: Replay, tmp_path: Path) -> None:
    assert said_in_one_line(replay(str(movielens(tmp_path))), 3, "0 ratings")


def test_a_bad_line_is_rejected_with_its_number(replay: Replay, tmp_path: Path) -> None:
    movielens(tmp_path, "1,10,4.0,5\n1,10,11,5\n")

    assert said_in_one_line(replay(str(tmp_path)), 3, "line 3")


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_a_rate_that_is_none_is_a_usage_error(replay: Replay, tmp_path: Path, rate: str) -> None:
    assert said_in_one_line(replay(str(tmp_path), "--rate", rate), 2, "--rate")


@pytest.mark.parametrize(("first", "until"), [("0.5", "0.5"), ("0.9", "0.1")])
def test_an_empty_part_is_a_usage_error(
    replay: Replay, tmp_path: Path, first: str, until: str
) -> None:
    done = replay(str(tmp_path), "--from", first, "--until", until)

    assert said_in_one_line(done, 2, "--from")


@pytest.mark.parametrize(
    "arguments", [(), ("--from", "1.5", "."), ("--rate", "fast", "."), ("--speed", "2", ".")]
)
def test_options_that_do_not_exist_are_usage_errors(
    replay: Replay, arguments: tuple[str, ...]
) -> None:
    assert replay(*arguments)[0] == 2

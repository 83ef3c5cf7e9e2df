import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.scratch_folders import PREFIX, scratch

HOLDING = """
import sys, time
from contracts.scratch_folders import scratch
with scratch() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(temporary: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has a folder in use."""
    assert temporary.exists()
    process = subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_is_gone_afterwards(temporary: Path) -> None:
    with scratch() as folder:
        assert list(temporary.iterdir()) == [folder]

    assert not list(temporary.iterdir())


def test_a_folder_in_use_is_left_alone(temporary: Path, other: "subprocess.Popen[str]") -> None:
    with scratch():
        assert len(list(temporary.iterdir())) == 2

    assert other.poll() is None
    assert len(list(temporary.iterdir())) == 1


def test_what_a_killed_process_left_is_swept(
    temporary: Path, other: "subprocess.Popen[str]"
) -> None:
    other.kill()
    other.wait()

    with scratch() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_a_strangers_folder_of_that_name_is_left_alone(temporary: Path) -> None:
    (temporary / f"{PREFIX}strange").mkdir()

    with scratch():
        assert (temporary / f"{PREFIX}strange").exists()


def test_a_parent_that_is_given_is_gone_with_the_last_folder(tmp_path: Path) -> None:
    with scratch(tmp_path / "state" / "scratch"):
        with scratch(tmp_path / "state" / "scratch"):
            pass

        assert len(list((tmp_path / "state" / "scratch").iterdir())) == 1

    assert not list((tmp_path / "state").iterdir())

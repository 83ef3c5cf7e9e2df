"""One job at a time on a checkpoint, and none beside the Java of a killed one."""

import multiprocessing
import os
import subprocess
import threading
from pathlib import Path

import psutil
import pytest

from streaming import checkpoint_lock
from streaming.checkpoint_lock import LOCK, CheckpointHeld, held


def second_start(root: Path, said: "multiprocessing.Queue[str]") -> None:
    try:
        with held(root):
            said.put("ours")
    except CheckpointHeld as error:
        said.put(str(error))


def test_a_second_job_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[str] = context.Queue()

    with held(tmp_path):
        second = context.Process(target=second_start, args=(tmp_path, said))
        second.start()
        assert said.get(timeout=30) == f"{tmp_path} is in use by another streaming job"
        second.join()

    with held(tmp_path):
        pass


@pytest.mark.slow
def test_the_java_of_a_killed_job_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "0.5"]) as java:
        with held(tmp_path) as note_java:
            note_java(java.pid)
        reaper = threading.Thread(target=java.wait)
        reaper.start()

        with held(tmp_path):
            assert not psutil.pid_exists(java.pid)
        reaper.join()


def test_a_java_that_does_not_end_keeps_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_lock, "JAVA_ENDS_WITHIN_S", 0.1)
    with subprocess.Popen(["sleep", "60"]) as java:
        with held(tmp_path) as note_java:
            note_java(java.pid)

        said = f"by the Java process {java.pid} of a job that has ended"
        with pytest.raises(CheckpointHeld, match=said), held(tmp_path):
            pass
        java.kill()


@pytest.mark.parametrize(
    "noted",
    ["", "no number", pytest.param(f"{os.getpid()} 1.0", id="own"), "2147483647 5.0"],
)
def test_a_note_of_no_java_that_runs_holds_nobody_up(tmp_path: Path, noted: str) -> None:
    (tmp_path / LOCK).write_text(noted)

    with held(tmp_path):
        pass

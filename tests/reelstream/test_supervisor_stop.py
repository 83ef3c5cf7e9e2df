"""What a supervisor ends: all that it started, their families too, services last; no stranger."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from contracts.settings import child_environment
from harness.eventually import eventually
from harness.reelstream.command_runner import alive
from reelstream.supervisor import Child, Supervisor
from tests.reelstream.supervised_children import (
    WITHIN_S,
    children,
    looked_after,
    marking,
    marks,
    python,
)


@pytest.mark.slow
def test_stopping_leaves_no_grandchild(supervisor: Supervisor, tmp_path: Path) -> None:
    grandchild = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); "

    ends_with_its_family(supervisor, tmp_path, grandchild)


def test_a_child_that_ignores_sigterm_is_killed(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelstream.supervisor.STOP_WITHIN_S", 0.2)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "

    ends_with_its_family(supervisor, tmp_path, stubborn)


def ends_with_its_family(supervisor: Supervisor, folder: Path, program: str) -> None:
    """Start a child that does this, then sleeps; nothing of it is left after a stop."""
    strangers = children()
    note = f"open('{folder}/ready', 'w').close(); time.sleep(60)"
    supervisor.start(python("parent", program + note))
    looked_after(supervisor, (folder / "ready").exists)
    family = children() - strangers

    supervisor.stop()

    assert family
    assert [p for p in family if alive(p)] == []


TELLING = """
import pathlib, signal, sys, time
def told(*_):
    pathlib.Path(sys.argv[1] + ".told").write_text(str(time.time_ns()))
    sys.exit()
signal.signal(signal.SIGTERM, told)
pathlib.Path(sys.argv[1] + ".ready").touch()
time.sleep(60)
"""
"""Writes down when it is told to end."""


def test_a_service_ends_after_those_who_use_it(supervisor: Supervisor, tmp_path: Path) -> None:
    for name in ("service", "user"):
        command = [sys.executable, "-c", TELLING, str(tmp_path / name)]
        child = Child(name, command, child_environment({}), service=name == "service")
        supervisor.start(child)
    looked_after(supervisor, lambda: len(list(tmp_path.glob("*.ready"))) == 2)

    supervisor.stop()

    told_ns = {one.stem: int(one.read_text()) for one in tmp_path.glob("*.told")}
    assert told_ns["user"] < told_ns["service"]


@pytest.mark.slow
def test_stopping_leaves_no_grandchild_that_made_a_group_of_its_own(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    strangers = children()
    grandchild = (
        f"import os, time; os.setpgid(0, 0); open({str(tmp_path / 'ready')!r}, 'w').close()"
    )
    start = f"subprocess.Popen([sys.executable, '-c', {grandchild + '; time.sleep(60)'!r}])"
    supervisor.start(python("parent", f"import subprocess, sys, time; {start}; time.sleep(60)"))
    looked_after(supervisor, (tmp_path / "ready").exists)
    family = children() - strangers

    supervisor.stop()

    assert len(family) == 2
    assert [p for p in family if alive(p)] == []


def test_the_number_of_a_child_that_ended_is_never_signalled(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = children()
    supervisor.start(python("once", "pass", once=True))
    (once,) = children() - strangers
    looked_after(supervisor, lambda: not psutil.pid_exists(once.pid))
    signalled: list[int] = []
    monkeypatch.setattr(
        "reelstream.supervisor._kill_session", lambda process: signalled.append(process.pid)
    )

    supervisor.stop()

    assert signalled == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    owner = f"""
import sys, time
from pathlib import Path
from contracts.settings import child_environment
from reelstream.supervisor import Child, Supervisor
sleeper = "import pathlib, time; pathlib.Path({str(tmp_path / "ready")!r}).touch(); time.sleep(60)"
command = [sys.executable, "-c", sleeper]
Supervisor(Path({str(tmp_path)!r}), print).start(Child("x", command, child_environment({{}})))
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", owner])
    eventually((tmp_path / "ready").exists, WITHIN_S, "the sleeper")
    family = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert len(family) == 1
    eventually(lambda: not any(map(alive, family)), WITHIN_S, "its end")


def test_stopping_twice_is_harmless(supervisor: Supervisor) -> None:
    supervisor.start(python("sleeper", "import time; time.sleep(60)"))

    supervisor.stop()
    supervisor.stop()


def test_a_child_that_was_ended_is_not_started_again(supervisor: Supervisor) -> None:
    supervisor.start(python("child", "import time; time.sleep(60)"))

    supervisor.end("child", timeout_s=5)
    supervisor.check()

    assert supervisor.processes() == []


def test_a_child_that_will_not_end_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    supervisor.start(python("child", f"{deaf}; {marking(tmp_path, 'time.sleep(60)')}"))
    eventually(lambda: marks(tmp_path)(1), WITHIN_S, "its mark")
    pid = supervisor.processes()[0].pid

    supervisor.end("child", timeout_s=0.1)

    assert pid is not None
    assert not psutil.pid_exists(pid)

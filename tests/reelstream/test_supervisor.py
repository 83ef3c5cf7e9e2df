import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from contracts.edge import FAILED, FOREIGN
from contracts.settings import child_environment
from reelstream.supervisor import Child, KeepsDying, Supervisor, last_words, resident_mb
from tests.reelstream.commands import alive

WITHIN_S = 15.0


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(tmp_path / "logs", said.append)
    yield one
    one.stop()


def python(name: str, program: str, *, once: bool = False) -> Child:
    return Child(name, [sys.executable, "-c", program], child_environment({}), once=once)


def looked_after(supervisor: Supervisor, until: Callable[[], bool]) -> None:
    """Check as its owner would, until the condition holds."""
    deadline = time.monotonic() + WITHIN_S
    while not until():
        supervisor.check()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def marks(folder: Path) -> Callable[[int], bool]:
    """Whether a child that leaves a file per start has started so often."""
    return lambda starts: len(list(folder.glob("mark-*"))) >= starts


def marking(folder: Path, then: str) -> str:
    """A program that leaves a file when it starts."""
    mark = f"import sys, time; open(f'{folder}/mark-{{time.time_ns()}}', 'w').close()"
    return f"{mark}; {then}"


def test_a_child_that_dies_is_started_again_and_said_so(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(python("dies", marking(tmp_path, "sys.exit(9)")))

    looked_after(supervisor, lambda: marks(tmp_path)(2))

    assert said[0] == "dies died (exit 9), starting it again in 0.5 s"


def test_a_child_that_keeps_dying_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _: None, monotonic=lambda: time.monotonic() * 10)
    supervisor.start(python("broken", "raise SystemExit('no disk left')"))

    with pytest.raises(KeepsDying, match="its last words: no disk left") as ended:
        looked_after(supervisor, lambda: False)

    assert ended.value.code == FAILED


def test_a_child_that_cannot_run_is_not_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _: None)
    says = "print('error: another topic (event log): use its folder'); sys.exit(5)"
    supervisor.start(python("foreign", marking(tmp_path, says)))

    with pytest.raises(KeepsDying, match=r"foreign cannot run: another topic .event log.") as ended:
        looked_after(supervisor, lambda: False)

    assert ended.value.code == FOREIGN
    assert marks(tmp_path)(1)
    assert not marks(tmp_path)(2)


def test_restarts_are_counted(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("dies", marking(tmp_path, "time.sleep(60)")))
    looked_after(supervisor, lambda: marks(tmp_path)(1))
    (before,) = supervisor.processes()

    psutil.Process(before.pid).kill()
    looked_after(supervisor, lambda: marks(tmp_path)(2))

    (after,) = supervisor.processes()
    assert (before.restarts, after.restarts) == (0, 1)
    assert before.pid != after.pid


def test_a_one_shot_that_is_done_is_no_process_any_more(supervisor: Supervisor) -> None:
    supervisor.start(python("once", "pass", once=True))

    looked_after(supervisor, lambda: supervisor.processes() == [])


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", "nothing"),
        ("started\nTraceback\nValueError: 7\n\n", "ValueError: 7"),
        ("error: no disk (state): free some\nbye\n", "no disk (state): free some"),
        ("error: of last week\n" + "fine\n" * 30, "fine"),
        ("x" * 500, "x" * 200),
    ],
)
def test_the_last_words_of_a_log_are_its_error(log: str, words: str) -> None:
    assert last_words(log) == words


def test_a_one_shot_that_ends_well_is_not_started_again(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(python("once", marking(tmp_path, "pass"), once=True))
    supervisor.start(python("other", marking(tmp_path / "..", "sys.exit(1)")))

    looked_after(supervisor, lambda: len(said) >= 2)

    assert len(list(tmp_path.glob("mark-*"))) == 1


def test_stopping_leaves_no_grandchild(supervisor: Supervisor, tmp_path: Path) -> None:
    strangers = children()
    grandchild = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); "
    note = f"open('{tmp_path}/ready', 'w').close(); time.sleep(60)"
    supervisor.start(python("parent", grandchild + note))
    looked_after(supervisor, (tmp_path / "ready").exists)
    family = children() - strangers

    supervisor.stop()

    assert family
    assert [p for p in family if alive(p)] == []


def test_a_child_that_ignores_sigterm_is_killed(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelstream.supervisor.STOP_WITHIN_S", 0.2)
    strangers = children()
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    note = f"open('{tmp_path}/ready', 'w').close(); time.sleep(60)"
    supervisor.start(python("stubborn", stubborn + note))
    looked_after(supervisor, (tmp_path / "ready").exists)
    family = children() - strangers

    supervisor.stop()

    assert family
    assert [p for p in family if alive(p)] == []


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
    until((tmp_path / "ready").exists)
    family = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert len(family) == 1
    until(lambda: not any(map(alive, family)))


def test_memory_that_processes_share_is_not_counted_for_each() -> None:
    me = psutil.Process()

    assert (
        0
        < resident_mb(me)
        <= sum(p.memory_info().rss for p in [me, *me.children(recursive=True)]) / 1_048_576
    )


def test_stopping_twice_is_harmless(supervisor: Supervisor) -> None:
    supervisor.start(python("sleeper", "import time; time.sleep(60)"))

    supervisor.stop()
    supervisor.stop()


def test_output_goes_to_a_log_of_the_childs_name(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("speaker", "print('hello')", once=True))

    log = tmp_path / "logs" / "speaker.log"
    looked_after(supervisor, lambda: log.read_text() == "hello\n")


def children() -> set[psutil.Process]:
    """This process's descendants; other tests' services are among them."""
    return set(psutil.Process().children(recursive=True))


def test_a_one_shot_that_ended_well_is_done(supervisor: Supervisor) -> None:
    supervisor.start(python("once", "pass", once=True))
    assert not supervisor.is_done("once")

    looked_after(supervisor, lambda: supervisor.is_done("once"))


def test_a_child_that_was_ended_is_not_started_again(supervisor: Supervisor) -> None:
    supervisor.start(python("child", "import time; time.sleep(60)"))

    supervisor.end("child", timeout_s=5)
    supervisor.check()

    assert supervisor.processes() == []


def test_a_child_that_will_not_end_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    supervisor.start(python("child", f"{deaf}; {marking(tmp_path, 'time.sleep(60)')}"))
    until(lambda: marks(tmp_path)(1))
    pid = supervisor.processes()[0].pid

    supervisor.end("child", timeout_s=0.1)

    assert pid is not None
    assert not psutil.pid_exists(pid)

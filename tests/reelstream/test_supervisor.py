"""Children that die, end well or cannot run, and what is said of them."""

import time
from pathlib import Path

import psutil
import pytest

from contracts.process_exit import FAILED, FOREIGN
from reelstream.supervisor import KeepsDying, Supervisor, last_words, resident_mb
from tests.reelstream.supervised_children import looked_after, marking, marks, python


@pytest.mark.slow
def test_a_child_that_dies_is_started_again_and_said_so(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(python("dies", marking(tmp_path, "sys.exit(9)")))

    looked_after(supervisor, lambda: marks(tmp_path)(2))

    assert said[0] == "dies died (exit 9), restarting it in 0.5 s"


@pytest.mark.slow
def test_a_child_that_keeps_dying_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _: None, monotonic=lambda: time.monotonic() * 10)
    supervisor.start(python("broken", "raise SystemExit('no disk left')"))

    with pytest.raises(KeepsDying, match="last log line: no disk left") as ended:
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_one_shot_that_ends_well_is_not_started_again(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    supervisor.start(python("once", marking(tmp_path, "pass"), once=True))
    supervisor.start(python("other", marking(tmp_path / "..", "sys.exit(1)")))

    looked_after(supervisor, lambda: len(said) >= 2)

    assert len(list(tmp_path.glob("mark-*"))) == 1


def test_memory_that_processes_share_is_not_counted_for_each() -> None:
    me = psutil.Process()

    assert (
        0
        < resident_mb(me)
        <= sum(p.memory_info().rss for p in [me, *me.children(recursive=True)]) / 1_048_576
    )


def test_output_goes_to_a_log_of_the_childs_name(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("speaker", "print('hello')", once=True))

    log = tmp_path / "logs" / "speaker.log"
    looked_after(supervisor, lambda: log.read_text() == "hello\n")


def test_a_one_shot_that_ended_well_is_done(supervisor: Supervisor) -> None:
    supervisor.start(python("once", "pass", once=True))
    assert not supervisor.is_done("once")

    looked_after(supervisor, lambda: supervisor.is_done("once"))

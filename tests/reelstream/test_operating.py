"""`reelstream status`, `logs`, `doctor` and `reset`, as commands."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.clock import now_ms
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.status import StatusStore
from reelstream.__main__ import main
from reelstream.checks import Finding, Level
from reelstream.installation import held
from reelstream.running import Running, note, what_runs
from reelstream.status import Status, observer
from reelstream.supervisor import Process
from tests.builders import movielens


@dataclass
class Reelstream:
    """The command line, run in this process on a state folder of its own."""

    state: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said on stdout."""
        self.monkeypatch.setattr(sys, "argv", ["reelstream", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, self.capsys.readouterr().out


@pytest.fixture
def reelstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Reelstream:
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path / "state"))
    return Reelstream(tmp_path / "state", monkeypatch, capsys)


def a_log(folder: Path, name: str, *lines: str) -> None:
    with held(folder):
        (folder / "logs").mkdir(exist_ok=True)
        (folder / "logs" / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))


def test_the_end_of_a_log_is_printed(reelstream: Reelstream) -> None:
    a_log(reelstream.state / "up", "speed", "one", "two", "three")

    assert reelstream("logs", "speed", "-n", "2") == (0, "two\nthree\n")


def test_logs_are_of_what_ran_last(reelstream: Reelstream) -> None:
    for command, at in (("up", 1), ("demo", 2)):
        a_log(reelstream.state / command, "speed", command)
        os.utime(reelstream.state / command / "logs" / "speed.log", (at, at))

    assert reelstream("logs", "speed") == (0, "demo\n")


def test_reset_deletes_what_was_kept(reelstream: Reelstream) -> None:
    a_log(reelstream.state / "up", "speed", "one")
    a_log(reelstream.state / "demo", "speed", "one")

    code, said = reelstream("reset", "--yes")

    assert code == 0
    assert said.startswith("deleted ")
    assert list(reelstream.state.iterdir()) == []


def test_reset_does_not_touch_what_reelstream_did_not_make(reelstream: Reelstream) -> None:
    (reelstream.state / "up").mkdir(parents=True)
    (reelstream.state / "up" / "thesis.txt").touch()

    code, _ = reelstream("reset", "--yes")

    assert code == 2
    assert (reelstream.state / "up" / "thesis.txt").exists()


def test_reset_of_nothing_says_so(reelstream: Reelstream) -> None:
    code, said = reelstream("reset", "--yes")

    assert (code, said.startswith("nothing is kept in ")) == (0, True)


def test_doctor_tells_scripts_what_it_found(
    reelstream: Reelstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_DATA", str(movielens(tmp_path / "ml")))

    _, said = reelstream("doctor", "--json")

    levels = {one["name"]: one["level"] for one in json.loads(said)}
    assert {"Python", "Java", "Redis", "Jars", "Port", "Disk", "Memory", "Data"} <= set(levels)
    assert levels["Data"] == "fine"


def test_doctors_exit_code_is_that_of_the_first_problem(
    reelstream: Reelstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Finding("Disk", "12 MB are free", Level.problem, "/", "free some", 22)
    monkeypatch.setattr("reelstream.checks.disk", lambda _: full)

    code, said = reelstream("doctor")

    assert code == 22
    assert "A demo cannot run before this is put right: Disk" in " ".join(said.split())


def test_what_runs_is_read_only_while_its_folder_is_held(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "up")
    with held(settings.state):
        note("up", 5, settings, [])
        running = what_runs(tmp_path)

    assert running
    assert (running.command, running.settings["state"]) == ("up", str(settings.state))
    assert what_runs(tmp_path) is None


def test_nobody_else_may_read_the_address_of_redis(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "up")
    with held(settings.state):
        note("up", 5, settings, [])

    assert (settings.state / "running.json").stat().st_mode & 0o077 == 0


@pytest.mark.integration
class TestStatus:
    def spoken(self, settings: Settings, process: str, **fields: int) -> None:
        client = connect(settings.redis_url, timeout_s=5)
        StatusStore(client, settings.keys).write(process, fields)

    def test_a_process_that_speaks_is_well(self, settings: Settings) -> None:
        self.spoken(settings, "speed", heartbeat_ms=now_ms())
        me = Process("speed", os.getpid(), now_ms() - 60_000, 2)

        (one,) = self.of(settings, [me]).processes

        assert (one.running, one.restarts, one.up_s) == (True, 2, 60)
        assert one.resident_mb
        assert one.spoke_s_ago is not None

    def test_a_process_that_has_fallen_silent_is_wrong(self, settings: Settings) -> None:
        self.spoken(settings, "speed", heartbeat_ms=now_ms() - 60_000)
        me = Process("speed", os.getpid(), now_ms() - 90_000, 0)

        assert "speed has said nothing for 60 s" in self.of(settings, [me]).wrong

    def test_a_trainer_that_trains_may_be_silent(self, settings: Settings) -> None:
        self.spoken(settings, "batch", heartbeat_ms=now_ms() - 60_000, training=1)
        me = Process("batch", os.getpid(), now_ms() - 90_000, 0)

        assert not any("batch" in one for one in self.of(settings, [me]).wrong)

    def test_a_process_that_waits_to_be_started_again_is_down(self, settings: Settings) -> None:
        waiting = Process("speed", None, now_ms(), 3)

        assert "speed is not running" in self.of(settings, [waiting]).wrong

    def test_services_that_do_not_answer_are_wrong(self, settings: Settings) -> None:
        nowhere = {"kafka": "127.0.0.1:1", "redis_url": "redis://127.0.0.1:1/0"}

        wrong = self.of(settings.model_copy(update=nowhere), []).wrong

        assert wrong[:2] == ["Redis does not answer", "Kafka does not answer"]

    def of(self, settings: Settings, processes: list[Process]) -> Status:
        """The status of these processes."""
        running = Running("up", 0, settings.model_dump(mode="json"), processes)
        return observer(running, settings, now_ms()).status()

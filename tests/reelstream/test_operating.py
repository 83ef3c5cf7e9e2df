"""`reelstream status`, `logs`, `doctor` and `reset`, as commands."""

import json
import os
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from contracts.clients import Admin
from contracts.clock import now_ms
from contracts.edge import UNREACHABLE
from contracts.eventlog import Place, land
from contracts.requests import RetrainLog, Trigger
from contracts.settings import Settings
from contracts.store.connection import connect
from contracts.store.speed import Change, Position, SpeedStore
from contracts.store.status import QueryStatus, StatusStore
from contracts.topics import topic_configs
from reelstream.__main__ import main
from reelstream.checks import Finding, Level
from reelstream.installation import held
from reelstream.running import Running, note, what_runs
from reelstream.status import LiveQuality, Status, observer
from reelstream.status_view import drawn
from reelstream.supervisor import Process
from tests.builders import log_rows, movielens, rated


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
def test_a_retrain_is_asked_of_what_runs_here(settings: Settings, reelstream: Reelstream) -> None:
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, settings.partitions))
    here = settings.model_copy(update={"state": reelstream.state / "up"})

    with held(here.state):
        land(Place.of(here.log_place), 0, [log_rows(rated())])
        note("up", 5, here, [])
        code, said = reelstream("retrain")

    assert (code, said) == (0, "asked for a model of 1 events\n")
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "test")) as log:
        asked = log.state().open
    assert asked
    assert (asked.reason, asked.snapshot) == (Trigger.hand, {0: 1})


@pytest.mark.integration
def test_a_room_that_cannot_be_rebuilt_ends_the_rebuild_with_its_own_code(
    reelstream: Reelstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", "127.0.0.1:1")

    code, said = reelstream("rebuild", "--json")

    assert (code, said) == (UNREACHABLE, "")


def as_text(status: Status) -> str:
    """The status as people see it."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(drawn(status))
    return captured.get()


@pytest.mark.integration
class TestStatus:
    def spoken(self, settings: Settings, process: str, **fields: int | str) -> None:
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
        self.spoken(settings, "batch", heartbeat_ms=now_ms() - 60_000, training="learning")
        me = Process("batch", os.getpid(), now_ms() - 90_000, 0)

        assert not any("batch" in one for one in self.of(settings, [me]).wrong)

    def query(self, settings: Settings, stands_ms: int, behind: int) -> None:
        status = StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys)
        at_ms = now_ms() - stands_ms
        status.write_query(QueryStatus("log", at_ms, behind, 7, at_ms, rows=50, duration_ms=400))

    def test_a_query_that_gets_on_is_well(self, settings: Settings) -> None:
        self.query(settings, 2_000, behind=5)

        seen = self.of(settings, [])

        (one,) = seen.queries
        assert (one.name, one.batch, one.rows, one.duration_ms) == ("log", 7, 50, 400)
        assert one.committed_s_ago is not None
        assert not any("query" in line for line in seen.wrong)

    def test_a_query_that_is_behind_and_stands_is_wrong(self, settings: Settings) -> None:
        self.query(settings, 90_000, behind=5)

        assert "query log of streaming has got no further for 90 s" in self.of(settings, []).wrong

    def test_a_query_that_has_nothing_to_read_may_stand(self, settings: Settings) -> None:
        self.query(settings, 90_000, behind=0)

        assert not any("query" in line for line in self.of(settings, []).wrong)

    def test_it_says_how_good_the_lists_are(self, settings: Settings) -> None:
        store = SpeedStore(connect(settings.redis_url, timeout_s=5), settings.keys)
        judged = ({"0:likes": 3, "0:live": 1}, {"20:likes": 5, "20:live": 3, "20:popular": 1})
        for partition, counts in enumerate(judged):
            store.write(partition, Change(0, Position(1, 1, judged=counts)))

        seen = self.of(settings, [])

        assert seen.quality == LiveQuality(likes=8, live=0.5, frozen=0.0, popular=0.125)
        assert "50.0% of 8 likes; as published 0.0%, popular 12.5%" in as_text(seen)

    def test_records_behind_are_those_of_all_partitions(self, settings: Settings) -> None:
        fields = {"behind": 100, "behind:0": 3, "behind:2": 4}  # one of them an earlier version's
        StatusStore(connect(settings.redis_url, timeout_s=5), settings.keys).write("speed", fields)

        assert self.of(settings, []).behind == {"lists": 7, "log": None, "trends": None}

    def test_it_says_where_metrics_are(self, settings: Settings) -> None:
        client = connect(settings.redis_url, timeout_s=5)
        said = {"streaming": {"metrics": "http://127.0.0.1:1/metrics"}, "speed": {"metrics": ""}}
        for process, fields in said.items():
            StatusStore(client, settings.keys).write(process, fields)

        seen = self.of(settings, [])

        assert seen.metrics == {"streaming": "http://127.0.0.1:1/metrics"}
        assert "http://127.0.0.1:1/metrics" in as_text(seen)

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

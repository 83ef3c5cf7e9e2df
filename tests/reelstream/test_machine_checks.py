import socket
from pathlib import Path

import pytest

from contracts.process_exit import DISK_FULL, REJECTED, UNREACHABLE, USAGE, Failure
from contracts.run_record import Running
from contracts.settings import Settings
from harness.builders import movielens
from reelstream import machine_checks
from reelstream.machine_checks import Finding, Level, require
from reelstream.ports import free_port
from tests.failures import says

NOVEMBER_2026_MS = 1_795_000_000_000


def test_a_clock_of_today_is_fine() -> None:
    assert machine_checks.clock(NOVEMBER_2026_MS) == Finding("Clock", "2026-11-18 11:06 UTC")


def test_a_clock_of_1970_is_a_problem() -> None:
    found = machine_checks.clock(5_000_000)

    assert (found.level, found.code) == (Level.problem, USAGE)
    assert found.found == "the clock says 1970-01-01 01:23 UTC"


def test_a_folder_that_can_be_made_is_fine(tmp_path: Path) -> None:
    found = machine_checks.writable("State", tmp_path / "state" / "up", "REELSTREAM_STATE")

    assert found.level is Level.fine


def test_a_file_in_the_place_of_a_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    found = machine_checks.writable("State", tmp_path / "state" / "up", "REELSTREAM_STATE")

    assert (found.level, found.code) == (Level.problem, USAGE)


def test_too_little_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelstream.machine_checks.STATE_MB", 10**9)

    found = machine_checks.disk(tmp_path / "state")

    assert (found.level, found.code) == (Level.problem, DISK_FULL)


def test_little_memory_is_worth_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelstream.machine_checks.DEMO_MB", 10**9)

    assert machine_checks.memory().level is Level.note


def test_a_taken_port_is_a_problem_with_the_setting_that_chooses_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        found = machine_checks.port(Settings(api_port=stranger.getsockname()[1]), None)

    assert (found.level, found.where, found.code) == (Level.problem, "REELSTREAM_API_PORT", USAGE)


def test_the_port_of_what_runs_here_is_not_somebody_elses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        settings = Settings(api_port=ours.getsockname()[1])
        running = Running("up", 5, settings.model_dump(mode="json"), [])
        found = machine_checks.port(settings, running)

    assert (found.level, found.code) == (Level.note, 0)
    assert found.found == f"`reelstream up` is running here on port {settings.api_port}"


def test_a_port_that_is_not_that_of_what_runs_here_is_somebody_elses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        running = Running("up", 5, Settings().model_dump(mode="json"), [])
        found = machine_checks.port(Settings(api_port=stranger.getsockname()[1]), running)

    assert found.level is Level.problem


def test_a_free_port_is_fine() -> None:
    assert machine_checks.port(Settings(api_port=free_port()), None).level is Level.fine


def test_jars_that_are_not_there_will_be_downloaded(tmp_path: Path) -> None:
    assert machine_checks.jars(tmp_path).level is Level.note


def test_a_movielens_folder_is_fine(tmp_path: Path) -> None:
    movielens(tmp_path)

    assert machine_checks.data(Settings(data=tmp_path), tmp_path).level is Level.fine


def test_data_that_nobody_gave_will_be_downloaded(tmp_path: Path) -> None:
    assert machine_checks.data(Settings.model_construct(data=None), tmp_path).level is Level.note


def test_a_given_folder_without_ratings_is_a_problem(tmp_path: Path) -> None:
    assert machine_checks.data(Settings(data=tmp_path), tmp_path).code == USAGE


def test_ratings_of_another_kind_are_a_problem(tmp_path: Path) -> None:
    movielens(tmp_path)
    (tmp_path / "ratings.csv").write_text("user,item,stars\n1,2,3\n")

    found = machine_checks.data(Settings(data=tmp_path), tmp_path)

    assert found.code == REJECTED
    assert "begins with 'user,item,stars'" in found.found


def test_a_given_redis_that_does_not_answer_is_a_problem() -> None:
    found = machine_checks.redis(Settings(redis_url="redis://127.0.0.1:1/0"))

    assert (found.level, found.code) == (Level.problem, UNREACHABLE)


def test_a_given_kafka_that_does_not_answer_is_a_problem() -> None:
    assert machine_checks.kafka(Settings(kafka=f"127.0.0.1:{free_port()}")).code == UNREACHABLE


def test_the_first_problem_is_raised() -> None:
    fine, note = Finding("a", "b"), Finding("c", "d", Level.note)
    problem = Finding("e", "nothing left", Level.problem, "disk", "free some", DISK_FULL)

    with pytest.raises(Failure, check=says(r"^nothing left \(disk\): free some$")):
        require([fine, note, problem])

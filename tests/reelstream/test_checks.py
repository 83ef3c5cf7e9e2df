import socket
from pathlib import Path

import pytest

from contracts.edge import DISK_FULL, REJECTED, UNREACHABLE, USAGE, Failure
from contracts.settings import Settings
from reelstream import checks
from reelstream.checks import Finding, Level, require
from reelstream.ports import free_port
from tests.builders import movielens

NOVEMBER_2026_MS = 1_795_000_000_000


def test_a_clock_of_today_is_fine() -> None:
    assert checks.clock(NOVEMBER_2026_MS) == Finding("Clock", "2026-11-18 11:06 UTC")


def test_a_clock_of_1970_is_a_problem() -> None:
    found = checks.clock(5_000_000)

    assert (found.level, found.code) == (Level.problem, USAGE)
    assert found.found == "the clock says 1970-01-01 01:23 UTC"


def test_a_folder_that_can_be_made_is_fine(tmp_path: Path) -> None:
    found = checks.writable("State", tmp_path / "state" / "up", "REELSTREAM_STATE")

    assert found.level is Level.fine


def test_a_file_in_the_place_of_a_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    found = checks.writable("State", tmp_path / "state" / "up", "REELSTREAM_STATE")

    assert (found.level, found.code) == (Level.problem, USAGE)


def test_too_little_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelstream.checks.STATE_MB", 10**9)

    found = checks.disk(tmp_path / "state")

    assert (found.level, found.code) == (Level.problem, DISK_FULL)


def test_little_memory_is_worth_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelstream.checks.DEMO_MB", 10**9)

    assert checks.memory().level is Level.note


def test_a_taken_port_is_a_problem_with_the_setting_that_chooses_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        found = checks.port(Settings(api_port=stranger.getsockname()[1]))

    assert (found.level, found.where, found.code) == (Level.problem, "REELSTREAM_API_PORT", USAGE)


def test_a_free_port_is_fine() -> None:
    assert checks.port(Settings(api_port=free_port())).level is Level.fine


def test_jars_that_are_not_there_will_be_downloaded(tmp_path: Path) -> None:
    assert checks.jars(tmp_path).level is Level.note


def test_a_movielens_folder_is_fine(tmp_path: Path) -> None:
    movielens(tmp_path)

    assert checks.data(Settings(data=tmp_path), tmp_path).level is Level.fine


def test_data_that_nobody_gave_will_be_downloaded(tmp_path: Path) -> None:
    assert checks.data(Settings.model_construct(data=None), tmp_path).level is Level.note


def test_a_given_folder_without_ratings_is_a_problem(tmp_path: Path) -> None:
    assert checks.data(Settings(data=tmp_path), tmp_path).code == USAGE


def test_ratings_of_another_kind_are_a_problem(tmp_path: Path) -> None:
    movielens(tmp_path)
    (tmp_path / "ratings.csv").write_text("user,item,stars\n1,2,3\n")

    found = checks.data(Settings(data=tmp_path), tmp_path)

    assert found.code == REJECTED
    assert "begins with 'user,item,stars'" in found.found


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "http://127.0.0.1/"])
def test_a_given_redis_that_does_not_answer_is_a_problem(url: str) -> None:
    found = checks.redis(Settings(redis_url=url))

    assert (found.level, found.code) == (Level.problem, UNREACHABLE)


def test_a_given_kafka_that_does_not_answer_is_a_problem() -> None:
    assert checks.kafka(Settings(kafka=f"127.0.0.1:{free_port()}")).code == UNREACHABLE


def test_the_first_problem_is_raised() -> None:
    fine, note = Finding("a", "b"), Finding("c", "d", Level.note)
    problem = Finding("e", "nothing left", Level.problem, "disk", "free some", DISK_FULL)

    with pytest.raises(Failure, match=r"^error: nothing left \(disk\): free some$"):
        require([fine, note, problem])

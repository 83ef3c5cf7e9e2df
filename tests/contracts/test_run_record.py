"""What a command finds that runs in the state folder, and what it makes of it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts.effective_settings import settings_here
from contracts.process_exit import DAMAGED, Failure
from contracts.run_record import LOCK, RECORD, Running, explicit, note, what_runs
from contracts.settings import Settings, from_environment

RUNS: dict[str, Any] = {
    "kafka": "127.0.0.1:19092",
    "redis_url": "redis://:secret@127.0.0.1:16379/3",
    "key_prefix": "reelstream:1:abc:",
    "partitions": 7,
    "api_port": 8123,
    "engine": "mllib",
    "retrain_events": 77,
}
"""Settings of a run, none of them the default."""


def a_run(state: Path, command: str = "up", given: dict[str, Any] | None = None) -> Running:
    """A run below a state folder, which was given these settings explicitly."""
    settings = Settings(**RUNS, state=state / command).model_dump(mode="json")
    return Running(command, 5, settings, [], given or {})


@contextmanager
def running(run: Running) -> Iterator[None]:
    """Within, it runs."""
    folder = Path(run.settings["state"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note(run)
        yield


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REELSTREAM_{name.upper()}", raising=False)
    monkeypatch.setenv("REELSTREAM_STATE", str(tmp_path))
    return tmp_path


def test_what_runs_is_found_only_while_its_folder_is_held(state: Path) -> None:
    with running(a_run(state)):
        assert what_runs(state) == a_run(state)

    assert what_runs(state) is None


@pytest.mark.parametrize("content", [b"", b"{}", b'{"command": "up"', b"\xff"])
def test_a_record_that_is_damaged_is_one_line(state: Path, content: bytes) -> None:
    with running(a_run(state)):
        (state / "up" / RECORD).write_bytes(content)
        with pytest.raises(Failure, match=r"running\.json cannot be read") as refused:
            settings_here()

    assert refused.value.code == DAMAGED


def test_a_demo_is_found_too(state: Path) -> None:
    with running(a_run(state, "demo")):
        assert what_runs(state) == a_run(state, "demo")


def test_nobody_else_may_read_the_address_of_redis(state: Path) -> None:
    with running(a_run(state)):
        assert (state / "up" / RECORD).stat().st_mode & 0o077 == 0


def test_where_nothing_runs_settings_are_those_of_the_environment(state: Path) -> None:
    assert settings_here() == from_environment()


@pytest.mark.parametrize("name", RUNS)
def test_a_setting_that_is_not_given_is_that_of_the_run(state: Path, name: str) -> None:
    with running(a_run(state)):
        found = settings_here()

    assert getattr(found, name) == RUNS[name]
    assert found.state == state / "up"


OTHERS = {
    "kafka": "elsewhere:9092",
    "redis_url": "redis://elsewhere:6379/0",
    "key_prefix": "mine:",
    "partitions": "12",
    "api_port": "8080",
    "engine": "native",
    "retrain_events": "5",
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_setting_that_is_given_wins_alone(
    state: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"REELSTREAM_{name.upper()}", OTHERS[name])

    with running(a_run(state)):
        found = settings_here().model_dump(mode="json")

    assert str(found[name]) == OTHERS[name]
    assert {n: found[n] for n in RUNS if n != name} == {
        n: value for n, value in RUNS.items() if n != name
    }


def test_what_was_given_to_the_run_too_is_what_the_run_made_of_it(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", "elsewhere:9092")
    given = explicit(from_environment())

    with running(a_run(state, "demo", given)):  # a demo has a Kafka of its own
        assert settings_here().kafka == RUNS["kafka"]

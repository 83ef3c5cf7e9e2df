"""`reelstream doctor`, `retrain` and `rebuild`, as commands."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from contracts.process_exit import UNREACHABLE
from contracts.retrain_log_entries import Trigger
from contracts.run_record import Running, note
from contracts.settings import Settings
from contracts.topics import topic_configs
from event_log import Storage, land
from harness.builders import log_rows, movielens, rated
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from reelstream.machine_checks import Finding, Level
from reelstream.state_folder import held
from tests.reelstream.command_in_process import Reelstream


def test_doctor_tells_scripts_what_it_found(
    reelstream: Reelstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSTREAM_DATA", str(movielens(tmp_path / "ml")))

    _, said = reelstream("doctor", "--json")

    levels = {one["name"]: one["level"] for one in json.loads(said)}
    assert {"Python", "Java", "Redis", "Jars", "Port", "Disk", "Memory", "Data"} <= set(levels)
    assert levels["Data"] == "fine"


@pytest.mark.slow
def test_doctors_exit_code_is_that_of_the_first_problem(
    reelstream: Reelstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Finding("Disk", "12 MB are free", Level.problem, "/", "free some", 22)
    monkeypatch.setattr("reelstream.machine_checks.disk", lambda _: full)

    code, said = reelstream("doctor")

    assert code == 22
    assert "A demo cannot run until these are fixed: Disk" in " ".join(said.split())


@pytest.mark.integration
def test_a_retrain_is_asked_of_what_runs_here(settings: Settings, reelstream: Reelstream) -> None:
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, settings.partitions))
    here = settings.model_copy(update={"state": reelstream.state / "up"})

    with held(here.state):
        land(Storage.of(here.log_address), 0, [log_rows(rated())])
        note(Running("up", 5, here.model_dump(mode="json"), []))
        code, said = reelstream("retrain")

    assert (code, said) == (0, "requested a model of 1 events\n")
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

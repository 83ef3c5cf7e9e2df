"""What an operator asks of batch, in a process of its own, over the real topic."""

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from contracts import catalogue
from contracts.process_exit import USAGE
from contracts.retrain_log_entries import Decision, Outcome
from contracts.settings import Settings
from contracts.topics import topic_configs
from event_log import Storage
from harness.builders import AT_MS
from harness.reelstream.command_runner import reelstream
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from tests.batch.pipeline_rig import CATALOGUE, END, Trainer, trainer

pytestmark = pytest.mark.integration

Batch = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def batch(environment: dict[str, str]) -> Batch:
    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = reelstream("batch", *words)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def one(settings: Settings) -> Trainer:
    """Two versions are published, decided on, and a third was refused."""
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, settings.partitions))
    log = Storage.of(settings.log_address)
    one = trainer(settings.redis_url, log, settings.artefacts, settings.keys)
    one.publish(1, 2)
    said = [(Outcome.promoted, 1), (Outcome.refreshed, 2), (Outcome.refused, None)]
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "test")) as retrains:
        for n, (outcome, version) in enumerate(said):
            retrains.append(Decision(f"id-{n}", END, outcome, version, "because", AT_MS))
    return one


def models(batch: Batch) -> list[dict[str, Any]]:
    ended = batch("models", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    told: list[dict[str, Any]] = json.loads(ended.stdout)
    return told


def test_a_rollback_is_done_recorded_and_listed(one: Trainer, batch: Batch) -> None:
    assert [m["serves"] for m in models(batch)] == ["previous", "active", ""]

    ended = batch("rollback", "--json")

    assert (ended.returncode, json.loads(ended.stdout)["version"]) == (0, 1)
    assert (one.active().version, one.active().activation) == (1, 3)
    listed = models(batch)
    assert [(m["version"], m["outcome"]) for m in listed] == [
        (1, "promoted"), (2, "refreshed"), (None, "refused"), (1, "rolled_back"),
    ]  # fmt: skip
    assert (listed[-1]["serves"], listed[-1]["held"]) == ("active", True)
    assert listed[-1]["reason"] == "by hand, from version 2"


def test_after_a_rollback_a_rebuild_brings_back_the_old_version(one: Trainer, batch: Batch) -> None:
    said = "version 1 is active again, and held until `reelstream batch release`\n"
    assert batch("rollback").stdout == said
    one.empty()

    assert batch("rebuild").stdout == "version 1 is in Redis with 1 lists\n"

    assert (one.active().version, one.active().held) == (1, True)


def test_a_hold_is_released_once(one: Trainer, batch: Batch) -> None:
    batch("rollback")

    ended = [batch("release"), batch("release")]

    assert ended[0].stdout.startswith("version 1 is no longer held: ")
    assert ended[1].stderr.startswith("error: no version is held (batch release): ")
    assert [one.returncode for one in ended] == [0, USAGE]
    assert not one.active().held


def test_a_rollback_need_not_hold(one: Trainer, batch: Batch) -> None:
    assert batch("rollback", "--no-hold").stdout == "version 1 is active again\n"
    assert not one.active().held


def test_a_version_that_is_unknown_is_one_line_and_an_exit_code(one: Trainer, batch: Batch) -> None:
    ended = batch("rollback", "--to", "9")

    assert (ended.returncode, ended.stdout, ended.stderr) == (
        USAGE,
        "",
        "error: there is no version 9, only 1, 2 (--to): choose one of these, or see "
        "`reelstream batch models`\n",
    )
    assert one.active().version == 2


def test_tastes_want_a_catalogue_and_name_those_that_it_does_not_know(
    one: Trainer, batch: Batch, settings: Settings
) -> None:
    without = batch("tastes")
    catalogue.save(settings.catalogue, CATALOGUE)
    ended = batch("tastes", "--json")

    assert without.returncode == USAGE
    assert "(batch tastes): write the catalogue with " in without.stderr
    assert json.loads(ended.stdout)["lists"] == []
    assert len(json.loads(ended.stdout)["unknown"]) == 12


def test_models_are_a_table_for_people(one: Trainer, batch: Batch) -> None:
    ended = batch("models")

    assert ended.returncode == 0
    assert "refreshed" in ended.stdout
    assert "active" in ended.stdout

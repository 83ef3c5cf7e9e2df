"""Which version is exported, and what is said of it."""

import json
import os
import uuid
from contextlib import closing
from inspect import signature
from pathlib import Path

import duckdb
import pytest

from batch.build_lists import LIST_LENGTH
from batch.export.cli import export
from contracts.file_locks import alone
from contracts.retrain_log_entries import Decision, Outcome
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.builders import AT_MS, PARTITIONS
from harness.reelstream.command_runner import Machine
from kafka_clients import Admin
from kafka_clients.retrain_log import RetrainLog
from redis_store.connection import connect
from redis_store.versions import VersionStore
from tests.batch.export.small_version import SNAPSHOT, kept

pytestmark = pytest.mark.integration

NOBODY = "127.0.0.1:1"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has a version 4, and reaches neither Redis nor Kafka."""
    kept(tmp_path / "state")
    nobody = {"REELSTREAM_KAFKA": NOBODY, "REELSTREAM_REDIS_URL": f"redis://{NOBODY}/0"}
    return Machine(tmp_path, nobody)


@pytest.fixture
def connected(machine: Machine, settings: Settings) -> Machine:
    machine.variables = settings.variables
    configs = topic_configs(settings.topics, PARTITIONS)
    with closing(Admin(settings.kafka)) as admin:
        admin.create({settings.topics.retrain: configs[settings.topics.retrain]})
    return machine


def activate(settings: Settings, version: int) -> None:
    versions = VersionStore(connect(settings.redis_url, timeout_s=5), settings.keys)
    versions.activate(version, SNAPSHOT, version, AT_MS)


def decide(settings: Settings, version: int) -> None:
    decision = Decision(uuid.uuid4().hex, SNAPSHOT, Outcome.promoted, version, "", AT_MS)
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "test")) as log:
        log.append(decision)


def test_lists_are_as_long_as_published_ones_unless_said() -> None:
    assert signature(export).parameters["top"].default == LIST_LENGTH


def test_a_version_that_is_named_needs_neither_redis_nor_kafka(machine: Machine) -> None:
    out = machine.folder / "out"

    ended = machine.reelstream("batch", "export", "--to", str(out), "--version", "4")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"version 4 in {out}: 20 recommendations, 13 movies, 4 ratings\n"
    read = duckdb.sql(f"SELECT count(DISTINCT user_id) FROM '{out}/recommendations.parquet'")
    assert read.fetchone() == (2,)


def test_programs_get_the_manifest(machine: Machine) -> None:
    out = machine.folder / "out"

    ended = machine.reelstream(
        "batch", "export", "--to", str(out), "--version", "4", "--top", "3", "--json"
    )

    assert json.loads(ended.out) == json.loads((out / "manifest.json").read_text())
    assert json.loads(ended.out)["rows"]["recommendations"] == 6


def test_the_active_version_is_exported_unless_one_is_named(
    connected: Machine, settings: Settings
) -> None:
    kept(connected.folder / "newer", version=5)
    (connected.folder / "newer" / "models" / "v000005").rename(connected.state / "models/v000005")
    decide(settings, 5)
    activate(settings, 4)

    ended = connected.reelstream("batch", "export", "--to", str(connected.folder / "out"))

    assert ended.out.startswith("version 4 in"), ended.err


def test_without_a_pointer_the_version_that_was_published_last_is(
    connected: Machine, settings: Settings
) -> None:
    decide(settings, 4)

    ended = connected.reelstream("batch", "export", "--to", str(connected.folder / "out"))

    assert ended.out.startswith("version 4 in"), ended.err


def test_without_a_version_one_line_says_so(connected: Machine) -> None:
    ended = connected.reelstream("batch", "export", "--to", str(connected.folder / "out"))

    said = "error: no version has been published yet (batch): request one: `reelstream retrain`\n"
    assert (ended.code, ended.err) == (4, said)
    assert not (connected.folder / "out").exists()


def test_without_a_catalogue_one_line_says_so(machine: Machine) -> None:
    (machine.state / "catalogue.json").unlink()

    ended = machine.reelstream(
        "batch", "export", "--to", str(machine.folder / "out"), "--version", "4"
    )

    assert ended.code == 2
    assert ended.err.startswith("error: no catalogue has been saved (")
    assert ended.err.count("\n") == 1


def test_a_folder_of_other_things_is_refused_in_one_line(machine: Machine) -> None:
    out = machine.folder / "out"
    out.mkdir()
    (out / "ratings.csv").write_text("mine")

    ended = machine.reelstream("batch", "export", "--to", str(out), "--version", "4")

    line = f"error: {out} holds 'ratings.csv', which is not part of an export (--to): give a new or"
    assert (ended.code, ended.err) == (2, f"{line} empty folder, or that of an earlier export\n")
    assert os.listdir(out) == ["ratings.csv"]


def test_a_folder_that_another_export_writes_into_is_refused(machine: Machine) -> None:
    out = machine.folder / "out"
    out.mkdir()

    with alone(out / ".reelstream-export"):
        ended = machine.reelstream("batch", "export", "--to", str(out), "--version", "4")

    assert (ended.code, ended.err.count("\n")) == (7, 1)
    assert "another export is writing to" in ended.err

"""The streaming job with its event log in an object store."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from contracts.settings import Settings
from event_log import Storage
from harness.checker.actual_state import found_in
from harness.checker.compare_states import violations
from harness.checker.expected_state import truth_of
from harness.checker.state_types import State
from harness.checker.topic_dump import dump
from harness.e2e.running_system import System
from harness.e2e.streaming_job import caught_up, prepared, send, start

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(200)]


@pytest.fixture
def system(
    settings: Settings, environment: dict[str, str], data: Path, tmp_path: Path, object_store: str
) -> Iterator[System]:
    address = f"s3a://movies/{uuid.uuid4().hex}/log?{object_store}"
    there = settings.model_copy(update={"event_log": address})
    variables = environment | {"REELSTREAM_EVENT_LOG": address}
    with prepared(there, variables, tmp_path / "logs", data) as one:
        yield one


def test_a_log_in_an_object_store_is_exact_across_a_restart(system: System, tmp_path: Path) -> None:
    start(system)
    send(system, 0, 2000)
    system.until(lambda: caught_up(system.settings), 60, "caught up")
    system.processes["streaming"].kill()
    system.processes["streaming"].wait()
    send(system, 2000, 3000)
    start(system)
    system.until(lambda: caught_up(system.settings), 60, "caught up")

    address = Storage.of(system.settings.log_address).url
    fs.copy_files(address, str(tmp_path / "copy"))
    rows = dump(system.settings.kafka, system.settings.topics.ratings)
    truth = truth_of(rows, system.settings.partitions, {})
    found = found_in(system.settings.redis_url, system.settings.key_prefix, tmp_path / "copy")

    assert violations(State(log=truth.log), State(log=found.log)) == []

"""What the manifest says, on a disk and in an object store."""

import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from event_log import BrokenLog, LogFile, Storage, claim, land, publish_manifest
from harness.builders import log_rows, rated
from tests.event_log.merging_log import OURS, RECORDS, fill


@pytest.fixture
def filled(log: Storage) -> Storage:
    """A log that has gone on since its manifest was written."""
    fill(log)
    land(log, 2, [log_rows(rated(), first=2)])
    return log


def manifest(log: Storage) -> dict[str, Any]:
    return dict(json.loads(log.read("manifest.json")))


def test_the_manifest_says_whose_log_it_is_how_far_it_goes_and_which_files_it_is(
    filled: Storage,
) -> None:
    said = manifest(filled)

    assert said["identity"] == {"cluster_id": "cluster", "topic_id": "topic", "partitions": 4}
    assert said["ends"] == {"0": 5, "2": 2}
    ranges = [(file["partition"], file["first"], file["next"]) for file in said["files"]]
    assert ranges == [(0, 0, 3), (0, 3, 4), (0, 4, 5), (2, 0, 2)]


def test_a_log_with_a_hole_has_no_manifest(log: Storage) -> None:
    claim(log, OURS)
    for offset in range(3):
        land(log, 0, [log_rows(rated(), first=offset)])
    log.delete(LogFile(0, 1, 2).name)

    with pytest.raises(BrokenLog):
        publish_manifest(log)

    assert "manifest.json" not in log.modified()


def test_pyarrow_reads_what_the_manifest_names(filled: Storage) -> None:
    files = [filled.open(file["path"]) for file in manifest(filled)["files"]]

    rows = sum(pq.read_table(file).num_rows for file in files)

    assert rows == RECORDS

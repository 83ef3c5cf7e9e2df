import json
from pathlib import Path

import pyarrow as pa
import pytest

from contracts.eventlog import BrokenLog, ends, read
from contracts.topics import partition_of
from streaming.log import LETTER, dead_letters, landing
from tests.builders import AT_MS, PARTITIONS, holding, log_rows, rated, record
from tests.streaming.test_source import batch_of

P = partition_of(7, PARTITIONS)


def letters(root: Path, *batches: pa.RecordBatch) -> list[dict[str, str]]:
    """What a task hands on of these batches after it landed them."""
    handed = landing(root, PARTITIONS)(iter(batches))
    return [row for batch in handed for row in batch.to_pylist()]


def test_rejected_rows_become_letters_keyed_by_position() -> None:
    (letter,) = dead_letters(log_rows(rated(), "json", rated()), 3).to_pylist()

    assert letter["key"] == "3:1"
    assert json.loads(letter["value"]) == {
        "partition": 3, "offset": 1, "timestamp_ms": AT_MS + 1, "reason": "json", "copy": "junk",
    }  # fmt: skip


def test_valid_rows_make_no_letters() -> None:
    batch = dead_letters(log_rows(rated()), 3)

    assert (batch.num_rows, batch.schema) == (0, LETTER)


def test_a_task_lands_its_records_and_hands_on_the_rejected(tmp_path: Path) -> None:
    first, second = (
        batch_of(record(rated()), holding(b"junk")),
        batch_of(record(rated(movie_id=20)), first=2),
    )

    handed = letters(tmp_path, first, second)

    assert read(tmp_path, {P: 3})["movie_id"].to_pylist() == [10, None, 20]
    assert [letter["key"] for letter in handed] == [f"{P}:1"]


def test_a_task_without_records_lands_nothing(tmp_path: Path) -> None:
    assert letters(tmp_path) == []
    assert letters(tmp_path, batch_of()) == []
    assert ends(tmp_path) == {}


def test_a_repeated_task_lands_nothing_and_repeats_its_letters(tmp_path: Path) -> None:
    batch = batch_of(record(rated()), holding(b"junk"))
    first = letters(tmp_path, batch)

    assert letters(tmp_path, batch) == first
    assert ends(tmp_path) == {P: 2}


def test_a_batch_of_rejects_alone_lands(tmp_path: Path) -> None:
    letters(tmp_path, batch_of(holding(b"junk"), holding(None)))

    assert read(tmp_path, {P: 2})["reason"].to_pylist() == ["json", "empty"]


def test_a_task_that_begins_past_the_log_stops_loudly(tmp_path: Path) -> None:
    with pytest.raises(BrokenLog):
        letters(tmp_path, batch_of(record(rated()), first=5))


def test_records_of_two_partitions_in_one_task_stop_loudly(tmp_path: Path) -> None:
    other = next(u for u in range(1, 99) if partition_of(u, PARTITIONS) != P)
    batch = batch_of(record(rated()), record(rated(user_id=other)))

    with pytest.raises(ValueError, match="too many values"):
        letters(tmp_path, batch)

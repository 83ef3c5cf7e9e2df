import json

import pyarrow as pa
import pytest

from contracts.partitioner import partition_of
from event_log import BrokenLog, Storage, ends, read
from harness.builders import AT_MS, PARTITIONS, holding, log_rows, rated, record
from harness.streaming.record_batches import batch_of
from streaming.event_log_query import LETTER, dead_letters, landing

P = partition_of(7, PARTITIONS)


def letters(root: Storage, *batches: pa.RecordBatch) -> list[dict[str, str]]:
    """What a task hands on of these batches after it landed them."""
    handed = landing(root, PARTITIONS)(iter(batches))
    return [row for batch in handed for row in batch.to_pylist()]


def test_rejected_rows_become_letters_keyed_by_position() -> None:
    (letter,) = dead_letters(log_rows(rated(), "json", rated()), 3).to_pylist()

    assert (letter["key"], letter["reason"]) == ("3:1", "json")
    assert json.loads(letter["value"]) == {
        "partition": 3, "offset": 1, "timestamp_ms": AT_MS + 1, "reason": "json", "copy": "junk",
    }  # fmt: skip


def test_valid_rows_make_no_letters() -> None:
    batch = dead_letters(log_rows(rated()), 3)

    assert (batch.num_rows, batch.schema) == (0, LETTER)


def test_a_task_lands_its_records_and_hands_on_the_rejected(log: Storage) -> None:
    first, second = (
        batch_of(record(rated()), holding(b"junk")),
        batch_of(record(rated(movie_id=20)), first=2),
    )

    handed = letters(log, first, second)

    assert read(log, {P: 3})["movie_id"].to_pylist() == [10, None, 20]
    assert [letter["key"] for letter in handed] == [f"{P}:1"]


def test_a_task_without_records_lands_nothing(log: Storage) -> None:
    assert letters(log) == []
    assert letters(log, batch_of()) == []
    assert ends(log) == {}


def test_a_repeated_task_lands_nothing_and_repeats_its_letters(log: Storage) -> None:
    batch = batch_of(record(rated()), holding(b"junk"))
    first = letters(log, batch)

    assert letters(log, batch) == first
    assert ends(log) == {P: 2}


def test_a_batch_of_rejects_alone_lands(log: Storage) -> None:
    letters(log, batch_of(holding(b"junk"), holding(None)))

    assert read(log, {P: 2})["reason"].to_pylist() == ["json", "empty"]


def test_a_task_that_begins_past_the_log_stops_loudly(log: Storage) -> None:
    with pytest.raises(BrokenLog):
        letters(log, batch_of(record(rated()), first=5))


def test_records_of_two_partitions_in_one_task_stop_loudly(log: Storage) -> None:
    other = next(u for u in range(1, 99) if partition_of(u, PARTITIONS) != P)
    batch = batch_of(record(rated()), record(rated(user_id=other)))

    with pytest.raises(ValueError, match="too many values"):
        letters(log, batch)

from event_log import COPY_CHARACTERS, SCHEMA
from harness.builders import AT_MS, PARTITIONS, holding, log_rows, rated, record, retracted
from harness.streaming.record_batches import batch_of
from streaming.kafka_source import escaped, parsed


def test_valid_records_are_typed() -> None:
    rows = parsed(batch_of(record(rated()), record(retracted(), AT_MS + 1)), PARTITIONS)

    assert rows.equals(log_rows(rated(), retracted()))


def test_a_rejected_record_keeps_place_reason_and_a_copy() -> None:
    (row,) = parsed(batch_of(holding(b'{"a": 1}\xff'), first=9), PARTITIONS).to_pylist()

    kept = {name: value for name, value in row.items() if value is not None}
    assert kept == {
        "offset": 9, "timestamp_ms": AT_MS, "reason": "json", "copy": '{"a": 1}\\xff',
    }  # fmt: skip


def test_no_record_is_left_out() -> None:
    values = (b"junk", None, b"", b"[]", b"x" * 100_000)

    rows = parsed(batch_of(*map(holding, values)), PARTITIONS)

    assert rows["offset"].to_pylist() == [0, 1, 2, 3, 4]
    assert rows["reason"].null_count == 0


def test_an_empty_batch_gives_an_empty_batch() -> None:
    rows = parsed(batch_of(), PARTITIONS)

    assert (rows.num_rows, rows.schema) == (0, SCHEMA)


def test_a_copy_is_printable_and_short() -> None:
    copy = escaped(b"\x1b[2J\n\xff" * 1000)

    assert copy.isascii()
    assert copy.isprintable()
    assert len(copy) == COPY_CHARACTERS


def test_nothing_has_an_empty_copy() -> None:
    assert escaped(None) == ""

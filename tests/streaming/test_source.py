import pyarrow as pa

from contracts.eventlog import COPY_CHARACTERS, SCHEMA
from contracts.events import Record
from streaming.source import escaped, parsed
from tests.builders import AT_MS, PARTITIONS, holding, log_rows, rated, record, retracted

RECORDS = pa.schema(
    [
        ("key", pa.binary()), ("value", pa.binary()), ("partition", pa.int32()),
        ("offset", pa.int64()), ("timestamp_ms", pa.int64()),
    ]
)  # fmt: skip


def batch_of(*records: Record, first: int = 0) -> pa.RecordBatch:
    """Records as Spark hands them over."""
    rows = [
        {"key": r.key, "value": r.value, "partition": r.partition, "offset": offset,
         "timestamp_ms": r.timestamp_ms}
        for offset, r in enumerate(records, first)
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows, schema=RECORDS)


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

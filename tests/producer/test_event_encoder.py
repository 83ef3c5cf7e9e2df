import uuid
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.event_parser import Record, parse
from contracts.events import MAX_ID, Event, Kind, encode
from contracts.partitioner import partition_of
from movielens.rating_blocks import Ratings
from producer.event_encoder import Encoder, id_prefix, original_clock, wall_clock

SHA256 = "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646"
NOW_MS = 1_763_632_800_123
ROWS = st.tuples(
    st.integers(0, 10**12 - 1),
    st.integers(1, 999_999_999),
    st.integers(1, MAX_ID),
    st.integers(1, 10),
    st.integers(788_918_400, 1_763_632_800),
)
Row = tuple[int, int, int, int, int]


def ratings(*rows: Row) -> Ratings:
    columns = np.array(rows, np.int64).reshape(-1, 5).T
    types = (np.int64, np.int32, np.int32, np.uint8, np.int64)
    return Ratings(*(column.astype(kind) for column, kind in zip(columns, types, strict=True)))


def event(row: Row, rated_at_ms: int, sha256: str = SHA256) -> Event:
    number, user, movie, half_stars, _ = row
    id_ = f"{id_prefix(sha256)}{number:012d}"
    return Event(Kind.rated, id_, user, movie, half_stars, rated_at_ms)


@given(st.lists(ROWS, max_size=5), st.integers(1, 12))
def test_records_are_byte_for_byte_what_the_contract_writes(
    rows: list[Row], partitions: int
) -> None:
    part = ratings(*rows)

    records = [*Encoder(SHA256, partitions, original_clock).records(part)]

    assert records == [
        (str(row[1]).encode(), encode(event(row, row[4] * 1000)), partition_of(row[1], partitions))
        for row in rows
    ]


@given(ROWS)
def test_every_record_is_valid(row: Row) -> None:
    part = ratings(row)

    (key, value, partition), *_ = Encoder(SHA256, 4, original_clock).records(part)

    assert parse(Record(key, partition, value, NOW_MS), 4) == event(row, row[4] * 1000)


def test_an_id_is_a_uuid_of_version_8_that_ends_with_the_row() -> None:
    one = uuid.UUID(id_prefix(SHA256) + f"{66662:012d}")

    assert (one.version, one.variant) == (8, uuid.RFC_4122)
    assert str(one).endswith("-000000066662")


def test_ids_differ_by_row_and_by_data_set() -> None:
    row = (1, 7, 10, 8, 978_300_760)
    again = (2, *row[1:])
    part = ratings(row, again)

    values = [
        value
        for sha256 in (SHA256, SHA256[::-1])
        for _, value, _ in Encoder(sha256, 4, original_clock).records(part)
    ]

    assert len(set(values)) == 4


def test_the_original_clock_is_the_rows() -> None:
    at = int(datetime(1996, 3, 29, 18, 36, 55, tzinfo=UTC).timestamp())

    (value,) = Encoder(SHA256, 4, original_clock).records(ratings((0, 1, 1, 1, at))).values

    assert value.endswith(b',"rated_at":"1996-03-29T18:36:55.000Z"}')


def test_the_wall_clock_is_the_same_for_all_that_is_sent_together() -> None:
    rows = (0, 1, 1, 1, 978_300_760), (1, 1, 2, 1, 978_300_761)

    records = Encoder(SHA256, 4, wall_clock(lambda: NOW_MS)).records(ratings(*rows))

    assert [value for _, value, _ in records] == [encode(event(row, NOW_MS)) for row in rows]


def test_the_clock_does_not_change_ids() -> None:
    row = (3, 7, 10, 8, 978_300_760)
    part = ratings(row)

    values = [
        Encoder(SHA256, 4, instants).records(part).values[0]
        for instants in (original_clock, wall_clock(lambda: NOW_MS))
    ]

    assert values == [encode(event(row, row[4] * 1000)), encode(event(row, NOW_MS))]

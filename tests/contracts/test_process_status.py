import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.process_status import (
    ApiStatus,
    BatchStatus,
    QueryStatus,
    SpeedStatus,
    StreamingStatus,
    decode,
    encode,
)
from contracts.stored_value_checks import LARGEST, CorruptValue

NUMBERS = st.integers(0, LARGEST)
UNKNOWN = st.none() | NUMBERS
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
PARTITIONS, BUCKETS = st.integers(0, 10**6), st.integers(0, 999)
STATUSES = st.one_of(
    st.builds(StreamingStatus, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, WORDS),
    st.builds(
        SpeedStatus,
        UNKNOWN,
        WORDS,
        WORDS,
        st.dictionaries(PARTITIONS, NUMBERS, max_size=5),
        st.dictionaries(st.tuples(PARTITIONS, BUCKETS), NUMBERS, max_size=5),
    ),
    st.builds(BatchStatus, UNKNOWN, WORDS),
    st.builds(ApiStatus, UNKNOWN, NUMBERS, WORDS, WORDS),
    st.builds(QueryStatus, WORDS.filter(bool), NUMBERS, NUMBERS, UNKNOWN, UNKNOWN, UNKNOWN),
)


def stored(fields: dict[str, str | int]) -> dict[bytes, bytes]:
    """The fields as Redis gives them back."""
    return {name.encode(): str(value).encode() for name, value in fields.items()}


@given(STATUSES)
def test_what_is_written_is_read(status: msgspec.Struct) -> None:
    assert decode(type(status), stored(encode(status))) == status


def test_the_fields_are_those_that_redis_has_always_had() -> None:
    said = {
        StreamingStatus(5, 40, 3, 4, 2, "http://a"): {
            "heartbeat_ms": 5,
            "landed": 40,
            "behind": 3,
            "trends_behind": 4,
            "starts": 2,
            "metrics": "http://a",
        },
        BatchStatus(5, "learning"): {"heartbeat_ms": 5, "training": "learning"},
        ApiStatus(5, 41, "position:{0}", "why"): {
            "heartbeat_ms": 5,
            "accepted": 41,
            "damaged": "position:{0}",
            "trouble": "why",
        },
        QueryStatus("log", 1, 2, batch=7): {
            "name": "log",
            "progressed_ms": 1,
            "behind": 2,
            "batch": 7,
        },
    }

    assert [encode(status) for status in said] == list(said.values())
    assert encode(SpeedStatus(5, "http://a", "b", {0: 3}, {(1, 30): 2})) == {
        "heartbeat_ms": 5,
        "metrics": "http://a",
        "damaged": "b",
        "behind:0": 3,
        "fresh:1:30": 2,
    }


def test_fields_of_other_versions_are_ignored() -> None:
    others = {"behind": "100", "fresh:30": "2", "colour": "red", "behind:0": "3"}

    assert decode(SpeedStatus, stored({**others})) == SpeedStatus(behind={0: 3})
    assert decode(SpeedStatus, {b"\xff": b"\xff"}) == SpeedStatus()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heartbeat_ms", "1_0"),
        ("heartbeat_ms", "-5"),
        ("behind:0", ""),
        ("behind:x", "1"),
        ("fresh:0:1000", "1"),
        ("metrics", "x" * 20_001),
    ],
)
def test_a_damaged_field_is_refused(name: str, value: str) -> None:
    with pytest.raises(CorruptValue):
        decode(SpeedStatus, stored({name: value}))


def test_a_query_without_what_every_query_tells_is_damaged() -> None:
    with pytest.raises(CorruptValue, match="progressed_ms"):
        decode(QueryStatus, {b"name": b"log"})


def test_a_clock_that_was_put_back_makes_nobody_stand() -> None:
    assert QueryStatus("log", 2000, 0).stands_s(1000) == 0


def test_records_behind_are_those_of_all_partitions() -> None:
    assert SpeedStatus(behind={0: 2, 3: 5}).records_behind == 7
    assert SpeedStatus().records_behind is None


def test_what_workers_say_is_joined() -> None:
    shared = SpeedStatus(1, behind={0: 9, 1: 1}, fresh={(0, 3): 2})

    joined = shared.joined(SpeedStatus(5, "http://a", behind={0: 4}))

    assert joined == SpeedStatus(5, "http://a", behind={0: 4, 1: 1}, fresh={(0, 3): 2})

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from contracts.topics import (
    RATINGS_CONFIG,
    Topics,
    earlier,
    events_between,
    from_json_keys,
    later,
    partition_of,
    reached,
    to_change,
    to_json_keys,
    topic_configs,
)

OFFSETS = st.dictionaries(st.integers(0, 11), st.integers(0, 2**40))


@given(st.integers(1, 2**31 - 1), st.integers(1, 64))
def test_a_user_is_where_kafkas_own_client_puts_the_key(user: int, partitions: int) -> None:
    theirs = (murmur2(str(user).encode()) & 0x7FFFFFFF) % partitions

    assert partition_of(user, partitions) == theirs


def test_users_spread_over_all_partitions() -> None:
    counts = [0] * 12
    for user in range(1, 12_001):
        counts[partition_of(user, 12)] += 1

    assert min(counts) > 900


@pytest.mark.parametrize(
    ("position", "target", "there"),
    [
        ({0: 5, 1: 3}, {0: 5, 1: 3}, True),
        ({0: 5}, {}, True),
        ({0: 4}, {0: 5}, False),
        ({0: 9}, {0: 5, 1: 1}, False),
        ({}, {0: 0}, True),
    ],
)
def test_a_position_has_reached_what_it_covers(
    position: dict[int, int], target: dict[int, int], there: bool
) -> None:
    assert reached(position, target) is there


@given(OFFSETS, OFFSETS)
def test_the_earlier_of_two_positions_is_reached_by_both(
    a: dict[int, int], b: dict[int, int]
) -> None:
    both = earlier(a, b)

    assert reached(a, both)
    assert reached(b, both)


@given(OFFSETS, OFFSETS)
def test_the_later_of_two_positions_has_reached_both(a: dict[int, int], b: dict[int, int]) -> None:
    both = later(a, b)

    assert reached(both, a)
    assert reached(both, b)


def test_a_partition_that_one_side_lacks_begins_at_zero() -> None:
    assert earlier({0: 5, 1: 7}, {0: 6}) == {0: 5, 1: 0}
    assert later({0: 5, 1: 7}, {0: 6}) == {0: 6, 1: 7}


def test_events_between_positions_are_counted_per_partition() -> None:
    assert events_between({0: 5, 1: 9}, {0: 7, 1: 3, 2: 4}) == 6


@given(OFFSETS)
def test_offsets_survive_json(offsets: dict[int, int]) -> None:
    assert from_json_keys(to_json_keys(offsets)) == offsets


def test_partitions_are_in_order_in_json() -> None:
    assert list(to_json_keys({10: 1, 2: 1})) == ["2", "10"]


def test_ratings_are_dated_by_the_broker_and_kept_for_ever() -> None:
    partitions, config = topic_configs(Topics("mine."), 4)["mine.ratings"]

    assert partitions == 4
    assert config["message.timestamp.type"] == "LogAppendTime"
    assert config["retention.ms"] == config["retention.bytes"] == "-1"


def test_retrains_are_in_one_partition() -> None:
    assert topic_configs(Topics(), 12)["retrain"][0] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retention.ms", "604800000"),
        ("retention.bytes", "1073741824"),
        ("cleanup.policy", "compact"),
        ("cleanup.policy", "compact,delete"),
        ("message.timestamp.type", "CreateTime"),
        ("max.message.bytes", "1000"),
    ],
)
def test_what_a_topic_must_not_have_is_told_with_what_it_needs(name: str, value: str) -> None:
    assert to_change(RATINGS_CONFIG | {name: value}, RATINGS_CONFIG) == {name: RATINGS_CONFIG[name]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("compression.type", "producer"),
        ("max.message.bytes", "1048588"),
        ("segment.bytes", "1000000"),
    ],
)
def test_what_does_no_harm_may_stay(name: str, value: str) -> None:
    assert to_change(RATINGS_CONFIG | {name: value}, RATINGS_CONFIG) == {}

import pytest

from contracts.topics import RATINGS_CONFIG, Topics, to_change, topic_configs


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

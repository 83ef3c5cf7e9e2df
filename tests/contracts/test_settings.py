from pathlib import Path

import pytest

from contracts.settings import BadSettings, Settings, child_environment, from_environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA", ""),
        ("KAFKA", "localhost"),
        ("KAFKA", "http://localhost:9092"),
        ("KAFKA", "local host:9092"),
        ("KAFKA", ",".join(["h:1"] * 101)),
        ("KAFKA_CLIENT", "librdkafka"),
        ("PARTITIONS", "0"),
        ("PARTITIONS", "four"),
        ("API_PORT", "70000"),
        ("RETRAIN_EVENTS", "-1"),
    ],
)
def test_a_bad_setting_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"REELSTREAM_{name}", value)

    with pytest.raises(BadSettings) as refused:
        from_environment()

    assert str(refused.value).startswith(f"REELSTREAM_{name}={value!r}: ")


@pytest.mark.parametrize("kafka", ["localhost:9092", "a:1,b:2", "[::1]:9092", "10.0.0.1:65535"])
def test_bootstrap_servers_are_hosts_with_ports(
    monkeypatch: pytest.MonkeyPatch, kafka: str
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", kafka)

    assert from_environment().kafka == kafka


def test_all_state_lies_in_one_folder() -> None:
    settings = Settings(state=Path("here"))

    paths = (Path(settings.log_place), settings.checkpoints, settings.artefacts, settings.catalogue)
    assert {path.parent for path in paths} == {Path("here")}


def test_prefixes_reach_topics_and_keys() -> None:
    settings = Settings(topic_prefix="mine.", key_prefix="mine:1:")

    assert settings.topics.dead_letters == "mine.ratings.dlq"
    assert settings.keys.active() == "mine:1:active"


def test_a_child_gets_our_environment_and_the_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", "a:1")

    environment = child_environment({"REELSTREAM_PARTITIONS": "2"})

    assert (environment["REELSTREAM_KAFKA"], environment["REELSTREAM_PARTITIONS"]) == ("a:1", "2")

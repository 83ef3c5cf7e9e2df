from pathlib import Path

import pytest

import contracts
from contracts.process_exit import Failure
from contracts.settings import (
    REDIS_FORM,
    BadSettings,
    Settings,
    cache_folder,
    child_environment,
    from_environment,
)
from tests.failures import says


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


SECRET = "secret"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "127.0.0.1:6379",
        "redis://",
        "redis://127.0.0.1:70000/0",
        "redis://127.0.0.1:6379/zero",
        *(f"redis://:pa{mark}{SECRET}@127.0.0.1:6379/0" for mark in "/?#@%[ "),
        f"redis://me:12/{SECRET}@127.0.0.1:6379/0",
        f"redis://me:12?{SECRET}@127.0.0.1:6379/0",
        f"redis://me:12#{SECRET}@127.0.0.1:6379/0",
        f"rediss://:[{SECRET}@127.0.0.1:6379/0",
    ],
)
def test_an_address_of_redis_that_cannot_be_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("REELSTREAM_REDIS_URL", url)

    with pytest.raises(BadSettings) as refused:
        from_environment()

    assert str(refused.value) == f"REELSTREAM_REDIS_URL: use {REDIS_FORM}"
    assert SECRET not in str(refused.value.__cause__)


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://localhost",
        "redis://[::1]:6379",
        "redis://:secret@redis:6379/0",
        "redis://me:a%2Fb%40c:d@redis:6379/3",
        "rediss://me:secret@redis.example:6380/0?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=1",
        "unix://:secret@/run/redis.sock",
    ],
)
def test_an_address_of_redis_is_a_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REELSTREAM_REDIS_URL", url)

    assert from_environment().redis_url == url


@pytest.mark.parametrize("kafka", ["localhost:9092", "a:1,b:2", "[::1]:9092", "10.0.0.1:65535"])
def test_bootstrap_servers_are_hosts_with_ports(
    monkeypatch: pytest.MonkeyPatch, kafka: str
) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", kafka)

    assert from_environment().kafka == kafka


def test_all_state_lies_in_one_folder() -> None:
    settings = Settings(state=Path("here"))

    paths = (
        Path(settings.log_address),
        settings.checkpoints,
        settings.artefacts,
        settings.catalogue,
    )
    assert {path.parent for path in paths} == {Path("here")}


def test_prefixes_reach_topics_and_keys() -> None:
    settings = Settings(topic_prefix="mine.", key_prefix="mine:1:")

    assert settings.topics.dead_letters == "mine.ratings.dlq"
    assert settings.keys.active() == "mine:1:active"


def test_a_child_gets_our_environment_and_the_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSTREAM_KAFKA", "a:1")

    environment = child_environment({"REELSTREAM_PARTITIONS": "2"})

    assert (environment["REELSTREAM_KAFKA"], environment["REELSTREAM_PARTITIONS"]) == ("a:1", "2")


def test_only_what_creates_a_topic_and_a_dry_run_go_by_the_settings_partitions() -> None:
    """Of a topic that is there, the topic says how many it has."""
    root = Path(contracts.__file__).parents[1]
    rooms = ("api", "batch", "contracts", "event_log", "kafka_clients", "movielens", "producer")
    readers = {
        str(path.relative_to(root))
        for room in (*rooms, "recommender", "redis_store", "reelstream", "speed", "streaming")
        for path in (root / room).rglob("*.py")
        if "settings.partitions" in path.read_text()
    }

    assert readers == {
        "producer/wiring.py",
        "reelstream/operator_wiring.py",
        "reelstream/local_stack.py",
    }


def test_a_user_without_a_home_is_told_to_name_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)

    with pytest.raises(Failure, check=says(r"has no home folder \(HOME\): set XDG_CACHE_HOME")):
        cache_folder()

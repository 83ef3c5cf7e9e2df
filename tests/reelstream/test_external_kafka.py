"""A Kafka that answers, but cannot be used from here: what `doctor` and the commands say."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka.errors import TopicAuthorizationFailedError

from contracts.process_exit import FOREIGN, UNREACHABLE
from contracts.settings import Settings
from contracts.topics import topic_configs
from harness.eventually import eventually
from harness.services import broker_that_sends_to, wait_for_listener
from kafka_clients import Admin, NotAdvertised
from reelstream import machine_checks
from reelstream.error_translation import as_failure
from reelstream.machine_checks import Level
from reelstream.supervisor import Supervisor

UNKNOWN = "no-such-host.invalid:9092"


@pytest.fixture
def elsewhere(supervisor: Supervisor, tmp_path: Path) -> str:
    """A broker that sends its clients to a host that nobody knows."""
    port = broker_that_sends_to(UNKNOWN, supervisor, tmp_path)
    wait_for_listener(port)
    return f"127.0.0.1:{port}"


@pytest.mark.integration
def test_a_broker_that_sends_clients_to_an_unknown_host_is_told_by_all(elsewhere: str) -> None:
    said: list[NotAdvertised] = []

    def refused() -> bool:
        with pytest.raises(ConnectionError) as error:
            Admin(elsewhere)
        said.extend([error.value] if isinstance(error.value, NotAdvertised) else [])
        return bool(said)

    eventually(refused, 60, "an unknown host", 0.3)  # it listens a moment before it answers
    found = machine_checks.kafka(Settings(kafka=elsewhere))

    assert UNKNOWN in str(said[0])
    assert (found.level, found.where, found.code) == (
        Level.problem,
        "advertised.listeners",
        UNREACHABLE,
    )
    assert UNKNOWN in found.found


@pytest.mark.integration
def test_a_topic_that_will_not_do_is_a_problem(settings: Settings) -> None:
    wanted = topic_configs(settings.topics, 1)
    wanted[settings.topics.ratings] = (1, {"cleanup.policy": "compact"})
    with closing(Admin(settings.kafka)) as admin:
        admin.create(wanted)

    found = machine_checks.kafka(settings)

    assert (found.level, found.code) == (Level.problem, FOREIGN)
    assert "cleanup.policy=compact" in found.found
    assert "--add-config" in found.to_do


@pytest.mark.integration
def test_a_kafka_that_will_do_is_fine_without_topics_and_with_ours(settings: Settings) -> None:
    before = machine_checks.kafka(settings)
    with closing(Admin(settings.kafka)) as admin:
        admin.create(topic_configs(settings.topics, 6))

    assert (before.level, machine_checks.kafka(settings).level) == (Level.fine, Level.fine)


@pytest.mark.slow
def test_what_listens_and_is_no_kafka_is_a_problem(
    mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kafka_clients.admin.REQUEST_TIMEOUT_MS", 500)

    found = machine_checks.kafka(Settings(kafka=mute))

    assert (found.level, found.where, found.code) == (
        Level.problem,
        "REELSTREAM_KAFKA",
        UNREACHABLE,
    )


@pytest.fixture
def mute() -> Iterator[str]:
    """Something that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_kafka_that_forbids_it_is_told_with_what_to_allow() -> None:
    failure = as_failure(TopicAuthorizationFailedError("topic ratings"))

    assert failure
    assert (failure.where, failure.code) == ("Kafka's ACLs", UNREACHABLE)
    assert "allow" in failure.what_to_do

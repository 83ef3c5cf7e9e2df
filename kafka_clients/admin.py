"""Topics: created and described; and the wait for a broker that starts."""

import time
from collections.abc import Mapping

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from contracts.broker_errors import NoBroker
from contracts.process_exit import FOREIGN
from contracts.topics import Identity, to_change
from kafka_clients.errors import NotAdvertised, UnfitTopic, WrongTopic
from kafka_clients.reachability import (
    RECONNECT_WITHIN_MS,
    REQUEST_TIMEOUT_MS,
    listening,
    reaching,
)


class Admin:
    """Creates and describes topics."""

    def __init__(self, bootstrap: str) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
            NotAdvertised: if one does, but names no address at which it can be reached.
        """
        self._bootstrap = bootstrap
        with reaching(bootstrap):
            self._admin = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="reelstream-admin",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
                reconnect_backoff_max_ms=RECONNECT_WITHIN_MS,
            )
        advertised = self._advertised()
        if not listening(",".join(advertised)):
            self.close()
            where = ", ".join(advertised)
            raise NotAdvertised(f"Kafka at {bootstrap} advertises {where}, which cannot be reached")

    def unreachable(self) -> list[str]:
        """Advertised broker addresses at which nothing is listening."""
        return [one for one in self._advertised() if not listening(one)]

    def _advertised(self) -> list[str]:
        # Before any other request: those go to these addresses, and wait for long.
        brokers = self._admin._manager.cluster.brokers()
        return [f"{one.host}:{one.port}" for one in brokers]

    def create(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        """Create missing topics: name to partition count and configuration."""
        for name, (partitions, configs) in topics.items():
            wanted = {"num_partitions": partitions, "replication_factor": -1, "configs": configs}
            try:
                self._admin.create_topics({name: wanted}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue

    def identity(self, topic: str) -> Identity:
        """The cluster, the topic's id and its partition count.

        Raises:
            WrongTopic: if there is no such topic.
            KafkaError: if Kafka refuses to tell.
        """
        found = self._admin.describe_topics([topic])[0]
        trouble = for_code(found["error_code"])
        if trouble is UnknownTopicOrPartitionError:
            raise WrongTopic(f"topic {topic} does not exist")
        if trouble is not NoError:
            raise trouble(f"topic {topic}")
        cluster = self._admin.describe_cluster()["cluster_id"]
        return Identity(cluster, str(found["topic_id"]), len(found["partitions"]))

    def require_fit(self, topics: Mapping[str, Mapping[str, str]]) -> None:
        """Refuse topics whose configuration is not as Reelstream needs it: name to configuration.

        Raises:
            UnfitTopic: naming what it has and the command that changes it.
        """
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
        told = self._admin.describe_configs(asked, config_filter="all")["topic"]
        for topic, wanted in topics.items():
            found = {name: str(one["value"]) for name, one in told[topic].items()}
            changes = (
                to_change(found, wanted) if found else {}
            )  # nothing is told to who may not ask
            if changes:
                raise self._unfit(topic, {name: found.get(name, "") for name in changes}, changes)

    def _unfit(
        self, topic: str, found: Mapping[str, str], changes: Mapping[str, str]
    ) -> UnfitTopic:
        to_do = (
            f"change it with `kafka-configs.sh --bootstrap-server {self._bootstrap} --alter "
            f"--entity-type topics --entity-name {topic} --add-config {_said(changes)}`"
        )
        return UnfitTopic(f"topic {topic} has {_said(found)}", "Kafka", to_do, FOREIGN)

    def close(self) -> None:
        """Disconnect."""
        self._admin.close()


def _said(configs: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in configs.items())


def wait_for_broker(bootstrap: str, timeout_s: float) -> None:
    """Return as soon as a broker answers.

    Raises:
        NoBroker: if none does in time.
    """
    deadline = time.monotonic() + timeout_s
    while not listening(bootstrap):
        if time.monotonic() > deadline:
            raise NoBroker(f"Kafka does not answer at {bootstrap} within {timeout_s:g} s")
        time.sleep(0.1)
    Admin(bootstrap).close()

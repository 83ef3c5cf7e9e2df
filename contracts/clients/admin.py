"""Topics: created and described; and the wait for a broker that starts."""

import time
from collections.abc import Mapping

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from contracts.clients.reaching import (
    RECONNECT_WITHIN_MS,
    REQUEST_TIMEOUT_MS,
    listening,
    reaching,
)
from contracts.clients.records import NoBroker, WrongTopic
from contracts.topics import Identity


class Admin:
    """Creates and describes topics."""

    def __init__(self, bootstrap: str) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        with reaching(bootstrap):
            self._admin = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="reelstream-admin",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
                reconnect_backoff_max_ms=RECONNECT_WITHIN_MS,
            )

    def create(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        """Create the topics that are not there: name to partition count and configuration."""
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
        """
        found = self._admin.describe_topics([topic])[0]
        if found["error_code"]:
            raise WrongTopic(f"topic {topic} does not exist")
        cluster = self._admin.describe_cluster()["cluster_id"]
        return Identity(cluster, str(found["topic_id"]), len(found["partitions"]))

    def close(self) -> None:
        """Disconnect."""
        self._admin.close()


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

"""How producer and consumer of librdkafka connect, and why they could not."""

from collections import deque
from typing import Any

import confluent_kafka as confluent

from contracts.broker_errors import NoBroker
from kafka_clients.reachability import RECONNECT_WITHIN_MS


class Reasons:
    """What librdkafka last said of connections; it connects in the background."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said: deque[str] = deque(maxlen=1)

    def options(self, bootstrap: str) -> dict[str, Any]:
        """The options by which a client connects, and tells errors here instead of on stderr."""
        return {
            "bootstrap.servers": bootstrap,
            # Told of no broker, as while the only one is fenced, it forgets all, for five minutes.
            "metadata.recovery.rebootstrap.trigger.ms": RECONNECT_WITHIN_MS,
            "error_cb": self._hear,
            "log_level": 0,
        }

    def reach(
        self, client: confluent.Producer | confluent.Consumer, bootstrap: str, within_s: float
    ) -> None:
        """Wait until a broker answers, no longer than this.

        Raises:
            NoBroker: if none does.
        """
        try:
            client.list_topics(timeout=within_s)
        except confluent.KafkaException as error:
            client.poll(0)  # this is where errors are told
            why = self._said[0] if self._said else error.args[0].str()
            raise NoBroker(f"Kafka does not answer at {bootstrap}: {why}") from error

    def _hear(self, error: confluent.KafkaError) -> None:
        if error.code() != confluent.KafkaError._ALL_BROKERS_DOWN:  # says less than the one before
            self._said.append(error.str())

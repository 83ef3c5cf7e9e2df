"""How both producers of kafka-python connect."""

from typing import Any

from kafka import KafkaProducer
from kafka.net.compat import KafkaNetClient

from contracts.broker_errors import NoBroker
from contracts.topics import MAX_EVENT_BYTES
from kafka_clients.reachability import RECONNECT_WITHIN_MS, REQUEST_TIMEOUT_MS, reaching

LOOK_MS = 50.0
"""A producer that cannot send looks again after so long, unless an answer wakes it before."""


class Waiting(KafkaNetClient):  # type: ignore[misc]
    """A client whose producer waits while a broker takes no more.

    The library's own asks it how many milliseconds to wait and is told seconds, 0 of them while
    there is a connection: with a frozen Kafka it takes a whole core, and the interpreter from all
    other threads.
    """

    def connection_delay(self, node_id: Any) -> float:
        """Milliseconds until it is worth while to look whether this broker can be sent to."""
        return max(LOOK_MS, 1000 * float(super().connection_delay(node_id)))


def connected(
    bootstrap: str, client_id: str, delivery_timeout_s: float, connect_timeout_s: float
) -> KafkaProducer:
    """An idempotent producer with acks=all that gives a record up after so long.

    Raises:
        NoBroker: if no broker answers.
    """
    made: list[Waiting] = []

    def client(**options: Any) -> Waiting:
        made.append(Waiting(**options))
        return made[-1]

    try:
        with reaching(bootstrap):
            producer = KafkaProducer(
                bootstrap_servers=bootstrap.split(","),
                client_id=client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                batch_size=MAX_EVENT_BYTES,
                compression_type="lz4",
                delivery_timeout_ms=int(delivery_timeout_s * 1000),
                request_timeout_ms=min(REQUEST_TIMEOUT_MS, int(delivery_timeout_s * 500)),
                bootstrap_timeout_ms=int(connect_timeout_s * 1000),
                reconnect_backoff_max_ms=RECONNECT_WITHIN_MS,
                max_block_ms=int(delivery_timeout_s * 1000),
                kafka_client=client,
            )
    except NoBroker:
        made[0].close()  # the library forgets it, and its sockets
        raise
    # Asking for a topic must not make it. The library takes this for an option, and ignores it.
    producer._metadata.config["allow_auto_create_topics"] = False
    return producer

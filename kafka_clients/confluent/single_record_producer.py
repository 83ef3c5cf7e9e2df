"""The producer of confluent-kafka for records that somebody waits for."""

import threading
from concurrent.futures import Future

import confluent_kafka as confluent

from contracts.broker_errors import NoBroker
from kafka_clients.confluent.connection import Reasons
from kafka_clients.confluent.error_translation import translated
from kafka_clients.confluent.producer_options import producer_options
from kafka_clients.records import Delivered

SERVED_S = 0.5


class RecordProducer:
    """An idempotent producer with acks=all, one record at a time; see `RecordProducerClient`."""

    def __init__(self, bootstrap: str, client_id: str, timeout_s: float) -> None:
        """Connect, within this time; a record that takes longer is given up.

        Raises:
            NoBroker: if no broker answers.
        """
        reasons = Reasons()
        options = reasons.options(bootstrap) | producer_options(client_id, timeout_s)
        self._producer = confluent.Producer(options)
        reasons.reach(self._producer, bootstrap, timeout_s)
        self._timeout_s = timeout_s
        self._closing = False
        self._reports = threading.Thread(target=self._report, name=client_id, daemon=True)
        self._reports.start()

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Send a record; see `RecordProducerClient`."""
        result: Future[Delivered] = Future()
        result.set_running_or_notify_cancel()

        def hear(error: confluent.KafkaError | None, at: confluent.Message) -> None:
            if error is None:
                result.set_result(_delivered(at))
            else:
                result.set_exception(translated(error))

        try:
            self._producer.produce(topic, value, key, partition, hear)
        except confluent.KafkaException as error:
            raise translated(error.args[0]) from error
        return result

    def ask(self, topic: str) -> int:
        """How many partitions the topic has; see `RecordProducerClient`."""
        try:
            found = self._producer.list_topics(topic, self._timeout_s).topics[topic]
        except confluent.KafkaException as error:
            raise NoBroker(f"Kafka does not answer: {error.args[0].str()}") from error
        if found.error is not None:
            raise NoBroker(f"cannot look up topic {topic} in Kafka: {found.error.str()}")
        if any(one.leader == -1 for one in found.partitions.values()):
            raise NoBroker(f"a partition of the topic {topic} has no leader")
        return len(found.partitions)

    def close(self) -> None:
        """Disconnect; what is still waited for fails."""
        self._closing = True
        self._producer.purge()
        self._reports.join()
        self._producer.flush()  # hears of what was purged
        self._producer.close()

    def _report(self) -> None:
        """Hear of deliveries: the library tells of them only to who asks."""
        while not self._closing:
            self._producer.poll(SERVED_S)


def _delivered(at: confluent.Message) -> Delivered:
    partition, offset = at.partition(), at.offset()
    assert partition is not None
    assert offset is not None
    return Delivered(partition, offset, at.timestamp()[1])

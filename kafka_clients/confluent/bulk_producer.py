"""The producer of confluent-kafka for many records at a time."""

from collections import deque

import confluent_kafka as confluent
from kafka.errors import KafkaError

from kafka_clients.confluent.connection import Reasons
from kafka_clients.confluent.error_translation import translated
from kafka_clients.confluent.producer_options import producer_options
from kafka_clients.errors import TooLarge
from kafka_clients.reachability import REQUEST_TIMEOUT_MS
from kafka_clients.records import Batch, OnDelivery


class Producer:
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def __init__(self, bootstrap: str, client_id: str, delivery_timeout_s: float) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        reasons = Reasons()
        # Hearing of each record that is delivered would cost a quarter of sending it.
        quiet = {"delivery.report.only.error": True}
        options = producer_options(client_id, delivery_timeout_s) | quiet
        self._producer = confluent.Producer(reasons.options(bootstrap) | options)
        reasons.reach(self._producer, bootstrap, REQUEST_TIMEOUT_MS / 1000)
        self._calls: deque[_Call] = deque()

    def send_all(self, topic: str, records: Batch, on_delivery: OnDelivery) -> None:
        """Queue records; see `ProducerClient`."""
        call = _Call(len(records), on_delivery)
        self._calls.append(call)
        produce, hear, left = self._producer.produce, call.hear, iter(records)
        for key, value, partition in left:
            try:
                produce(topic, value, key, partition, hear)
            except confluent.KafkaException as error:
                reason = error.args[0]
                if reason.code() == confluent.KafkaError.MSG_SIZE_TOO_LARGE:
                    call.lose(1, TooLarge(reason.str()))
                else:  # not of this record alone: the others would meet it too
                    call.lose(1 + sum(1 for _ in left), translated(reason))
        self.poll(0)

    def poll(self, timeout_s: float) -> None:
        """Wait until a record settles, but no longer than this."""
        self._producer.poll(timeout_s)
        self._report()

    def flush(self) -> None:
        """Wait until every queued record is delivered or failed."""
        self._producer.flush()
        self._report()

    def close(self, timeout_s: float = 5) -> None:
        """Flush for so long, then disconnect; what is still queued then fails."""
        if self._producer.flush(timeout_s):
            self._producer.purge()  # closing would wait for them
            self._producer.flush()
        self._report()
        self._producer.close()

    def _report(self) -> None:
        """Tell what was delivered as soon as nothing is under way: then it is all the rest."""
        while self._calls and not len(self._producer):
            self._calls.popleft().end()


class _Call:
    """The records of one call that are not known to be lost."""

    def __init__(self, size: int, on_delivery: OnDelivery) -> None:
        self._left = size
        self._on_delivery = on_delivery

    def hear(self, error: confluent.KafkaError | None, _: confluent.Message) -> None:
        if error is not None:  # others are not told of, but the library's types do not know
            self.lose(1, translated(error))

    def lose(self, number: int, error: KafkaError) -> None:
        self._left -= number
        self._on_delivery(number, error)

    def end(self) -> None:
        if self._left:
            self._on_delivery(self._left, None)

"""The producer of confluent-kafka."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

import confluent_kafka as confluent
from kafka.errors import KafkaError

from contracts.clients.confluent.handles import Reasons, translated
from contracts.clients.records import MAX_RECORD_BYTES, Delivered, Outgoing, Settled, TooLarge
from contracts.topics import MAX_EVENT_BYTES

ROOM_S = 0.1
"""How long one wait for room in a full queue may last."""


class Producer:
    """An idempotent producer with acks=all: a record is delivered in order, once, or fails."""

    def __init__(self, bootstrap: str, client_id: str, delivery_timeout_s: float = 120) -> None:
        """Connect.

        Raises:
            NoBroker: if no broker answers.
        """
        reasons = Reasons()
        options = reasons.options(bootstrap) | {
            "client.id": client_id,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 5,
            "batch.size": MAX_EVENT_BYTES,
            "message.max.bytes": MAX_RECORD_BYTES,
            "compression.type": "lz4",
            "delivery.timeout.ms": int(delivery_timeout_s * 1000),
            "partitioner": "murmur2_random",
        }
        self._producer = confluent.Producer(options)
        reasons.reach(self._producer, bootstrap)
        self._calls: deque[_Call] = deque()

    def send(self, topic: str, key: bytes, value: bytes, partition: int) -> Future[Delivered]:
        """Queue a record; the future ends with its place or error, in `flush` at the latest.

        Raises:
            KafkaError: if it cannot be queued.
        """
        result: Future[Delivered] = Future()

        def settle(error: confluent.KafkaError | None, at: confluent.Message) -> None:
            if error is None:
                result.set_result(_delivered(at))
            else:
                result.set_exception(translated(error))

        try:
            self._producer.produce(topic, value, key, partition, settle)
        except BufferError:
            self.flush()
            return self.send(topic, key, value, partition)
        except confluent.KafkaException as error:
            raise translated(error.args[0]) from error
        return result

    def send_all(self, topic: str, records: Sequence[Outgoing], settled: Settled) -> None:
        """Queue records, waiting while there is no room; see `Sending`."""
        call = _Call(len(records), settled)
        self._calls.append(call)
        taken = 0
        while taken < len(records):
            taken += self._take(topic, records[taken:], call)
        self.poll(0)

    def poll(self, timeout_s: float) -> None:
        """Wait until something settles, but no longer than this."""
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
        self._producer.close()
        self._report()

    def _take(self, topic: str, records: Sequence[Outgoing], call: "_Call") -> int:
        """Queue records until one is not taken; how many are dealt with."""
        produce, settle, taken = self._producer.produce, call.settle, 0
        try:
            for key, value, partition in records:
                produce(topic, value, key, partition, settle)
                taken += 1
        except BufferError:
            self._producer.poll(ROOM_S)
        except confluent.KafkaException as error:
            # What is not of this record alone, the others would meet too.
            alone = error.args[0].code() == confluent.KafkaError.MSG_SIZE_TOO_LARGE
            lost = 1 if alone else len(records) - taken
            reason = TooLarge(error.args[0].str()) if alone else translated(error.args[0])
            call.lose(lost, reason)
            taken += lost
        return taken

    def _report(self) -> None:
        while self._calls and self._calls[0].report():
            self._calls.popleft()


class _Call:
    """The records of one call; counted here, since telling of each would cost more."""

    def __init__(self, size: int, settled: Settled) -> None:
        self._left = size
        self._delivered = 0
        self._settled = settled

    def settle(self, error: confluent.KafkaError | None, _: confluent.Message) -> None:
        if error is None:
            self._delivered += 1
        else:
            self.lose(1, translated(error))

    def lose(self, number: int, error: KafkaError) -> None:
        self._left -= number
        self._settled(number, error)

    def report(self) -> bool:
        """Tell how many were delivered; whether that was all."""
        if self._delivered:
            self._left -= self._delivered
            self._settled(self._delivered, None)
            self._delivered = 0
        return self._left == 0


def _delivered(at: confluent.Message) -> Delivered:
    partition, offset = at.partition(), at.offset()
    assert partition is not None
    assert offset is not None
    return Delivered(partition, offset, at.timestamp()[1])

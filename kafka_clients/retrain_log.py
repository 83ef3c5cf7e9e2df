"""The topic of retrain requests and decisions, read and appended to."""

from contextlib import closing, suppress

import msgspec

from contracts.retrain_log_entries import Entry, Retrains, decode, encode, fold, key_of
from kafka_clients import PartitionReader, RecordProducer, acknowledged

APPENDED_S = 30.0
"""How long an entry may take until Kafka has it."""


class RetrainLog:
    """The topic, read from its beginning without a group, and appended to."""

    def __init__(self, bootstrap: str, topic: str, client_id: str) -> None:
        """Connect and read everything that is there.

        Raises:
            NoBroker: if no broker answers.
        """
        self._topic = topic
        self._tail = PartitionReader(bootstrap, topic, {0: 0})
        self._bootstrap, self._client_id = bootstrap, client_id
        self._state = Retrains()

    def state(self) -> Retrains:
        """The state after everything that the topic holds now."""
        for _, one in self._tail.to_end():
            # Anyone may append: what is no entry asks for nothing.
            with suppress(msgspec.DecodeError):
                self._state = fold(self._state, [decode(one.record.value or b"")])
        return self._state

    def append(self, entry: Entry) -> None:
        """Append, and return when Kafka has it.

        By a producer of its own: entries are minutes apart, and one that was there when Kafka went
        away may not send any more.

        Raises:
            KafkaError: if Kafka did not take it.
            NoBroker: if no broker answers.
        """
        with closing(RecordProducer(self._bootstrap, self._client_id, APPENDED_S)) as producer:
            sent = producer.send(self._topic, key_of(entry), encode(entry), 0)
            acknowledged(sent, APPENDED_S)

    def close(self) -> None:
        """Disconnect."""
        self._tail.close()

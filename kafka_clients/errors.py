"""Errors of Kafka clients."""

from kafka.errors import KafkaError

from contracts.broker_errors import NoBroker
from contracts.process_exit import UNREACHABLE, Failure


class NotAdvertised(NoBroker):
    """Kafka answers, but advertises addresses that cannot be reached from here."""

    where = "advertised.listeners"
    what_to_do = "set it to addresses reachable from this machine, and restart Kafka"
    code = UNREACHABLE


class TooLarge(KafkaError):  # type: ignore[misc]
    """A record that was refused before sending, so that it cannot fail others."""


class WrongTopic(Failure):
    """A topic that does not exist, or differs from the settings."""

    where = "Kafka"
    what_to_do = "create the topics with `reelstream topics`"
    code = UNREACHABLE


class UnfitTopic(Failure):
    """An existing topic whose configuration is unsuitable; says what to do."""

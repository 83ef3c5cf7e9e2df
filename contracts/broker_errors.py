"""That Kafka is away: known to who waits for it without a client of it."""

from contracts.process_exit import UNREACHABLE, Failure


class NoBroker(Failure, ConnectionError):
    """Kafka does not answer."""

    where = "REELSTREAM_KAFKA"
    what_to_do = "start Kafka, or correct the address"
    code = UNREACHABLE

"""librdkafka's errors as kafka-python's."""

import confluent_kafka as confluent
from kafka.errors import KafkaError, KafkaTimeoutError, for_code


def translated(error: confluent.KafkaError) -> KafkaError:
    """The same error as kafka-python has it; librdkafka's own codes are negative."""
    if error.code() > 0:
        found: KafkaError = for_code(error.code())(error.str())
        return found
    own = confluent.KafkaError
    timed_out = error.code() in {own._MSG_TIMED_OUT, own._TIMED_OUT}
    return (KafkaTimeoutError if timed_out else KafkaError)(error.str())

"""One live rating, as the page would send it."""

import uuid
from contextlib import closing

from contracts.clients import Admin, Producer
from contracts.clock import now_ms
from contracts.edge import USAGE, Failure
from contracts.events import MAX_ID, Event, Kind, encode
from contracts.settings import Settings
from contracts.topics import partition_of

TIMEOUT_S = 10


def send_one(settings: Settings, user_id: int, movie_id: int, stars: float) -> str:
    """Send a rating, wait for Kafka, and give back its event and its place.

    Raises:
        Failure: if there can be no such rating.
        NoBroker, WrongTopic, KafkaError: if Kafka does not take it.
    """
    event = rating(user_id, movie_id, stars)
    topic = settings.topics.ratings
    with closing(Admin(settings.kafka)) as admin:
        partition = partition_of(user_id, admin.identity(topic).partitions)
    with closing(Producer(settings.kafka, "reelstream-rate", TIMEOUT_S)) as producer:
        value = encode(event)
        sent = producer.send(topic, str(user_id).encode(), value, partition)
        producer.flush()
        at = sent.result(TIMEOUT_S)
    return f"{value.decode()} at {topic}/{at.partition}/{at.offset}"


def rating(user_id: int, movie_id: int, stars: float) -> Event:
    """The event of a rating that is given now.

    Raises:
        Failure: if an id or the stars cannot be.
    """
    for name, value in (("user", user_id), ("movie", movie_id)):
        if not 1 <= value <= MAX_ID:
            what_to_do = f"give a number from 1 to {MAX_ID}"
            raise Failure(f"{name} {value}", "producer rate", what_to_do, USAGE)
    if not 0.5 <= stars <= 5 or stars * 2 % 1:
        what_to_do = "give 0.5 to 5 in half steps"
        raise Failure(f"{stars:g} stars", "producer rate", what_to_do, USAGE)
    return Event(Kind.rated, str(uuid.uuid4()), user_id, movie_id, int(stars * 2), now_ms())

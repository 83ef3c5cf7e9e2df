"""One live rating, as the page would send it."""

import uuid
from contextlib import closing

from contracts.catalogue import Catalogue
from contracts.clock import now_ms
from contracts.events import MAX_ID, Event, Kind, encode
from contracts.partitioner import partition_of
from contracts.process_exit import REJECTED, USAGE, Failure, warn
from contracts.settings import Settings
from contracts.stored_value_checks import CorruptValue
from kafka_clients import Admin, acknowledged, record_producer
from redis_store.catalogue import CatalogueStore
from redis_store.connection import StoreError

TIMEOUT_S = 10


def refuse_unknown(event: Event, catalogue: Catalogue | None) -> None:
    """Refuse what the API refuses: a movie that is not in the catalogue, where one is loaded.

    Raises:
        Failure: naming the movie.
    """
    if catalogue is None or not catalogue.movies:
        return
    if all(movie.movie_id != event.movie_id for movie in catalogue.movies):
        what = f"movie {event.movie_id} is not among the catalogue's {len(catalogue.movies)}"
        raise Failure(what, "producer rate", "give the id of one that is", REJECTED)


def published(store: CatalogueStore) -> Catalogue | None:
    """The catalogue in Redis; None, with a warning, if nobody can tell: Kafka takes the rating."""
    try:
        return store.read()
    except (StoreError, CorruptValue) as error:
        warn(f"cannot check whether the movie is in the catalogue: {error}")
        return None


def send_one(settings: Settings, event: Event) -> str:
    """Send a rating, wait for Kafka, and give back its event and its place.

    Raises:
        NoBroker, WrongTopic, KafkaError: if Kafka does not take it.
    """
    topic = settings.topics.ratings
    with closing(Admin(settings.kafka)) as admin:
        partition = partition_of(event.user_id, admin.identity(topic).partitions)
    connect = record_producer(settings.kafka_client)
    with closing(connect(settings.kafka, "reelstream-rate", TIMEOUT_S)) as producer:
        value = encode(event)
        sent = producer.send(topic, str(event.user_id).encode(), value, partition)
        at = acknowledged(sent, TIMEOUT_S)
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

"""What a person says, as an event in Kafka, and the wait until the person's list reflects it."""

import uuid

from api.answers import Accepted, Visible
from api.parts import Parts
from api.services import Clock
from contracts.clients import Delivered
from contracts.events import Event, Kind
from contracts.store.connection import StoreError

VISIBLE_S = 5.0
PAUSE_S = 0.002


def say(
    here: Parts, user_id: int, movie_id: int, half_stars: int | None, wait: bool
) -> Accepted | Visible:
    """Send a rating, or None to take it back; return once Kafka has it, or once it is visible.

    Raises:
        ConnectionError, TimeoutError: if Kafka did not acknowledge it.
    """
    clock = here.services.clock
    began = clock.monotonic()
    kind = Kind.retracted if half_stars is None else Kind.rated
    event = Event(kind, str(uuid.uuid4()), user_id, movie_id, half_stars, clock.now_ms())
    at = here.services.writer.send(event)
    here.heartbeat.count()
    place = {"event_id": event.event_id, "partition": at.partition, "offset": at.offset}
    if not wait:
        return Accepted.model_validate(place)
    visible = _becomes_visible(here, at, clock)
    milliseconds = round((clock.monotonic() - began) * 1000)
    return Visible.model_validate(place | {"visible": visible, "milliseconds": milliseconds})


def _becomes_visible(here: Parts, at: Delivered, clock: Clock) -> bool:
    deadline = clock.monotonic() + VISIBLE_S
    try:
        while here.services.reader.position(at.partition) <= at.offset:
            if clock.monotonic() >= deadline:
                return False
            clock.sleep(PAUSE_S)
    except StoreError:
        return False
    return True

"""Writes a person's rating to Kafka as an event, and waits until their list reflects it."""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import Future

from api.dependencies import Dependencies
from api.schemas import Accepted, Visible
from contracts.events import Event, Kind
from kafka_clients import Delivered

LOOK_S = 0.25
STOPPING_S = 1.5
"""How long what is under way may take when the process is to stop."""


async def submit_rating(
    deps: Dependencies, user_id: int, movie_id: int, half_stars: int | None, wait: bool
) -> Accepted | Visible:
    """Send a rating, or None to take it back; return once Kafka has it, or once it is visible.

    Raises:
        CannotWrite: if it was not sent.
        ConnectionError: if Kafka did not acknowledge it; it may still arrive.
    """
    clock = deps.services.clock
    began = clock.monotonic()
    kind = Kind.retracted if half_stars is None else Kind.rated
    event = Event(kind, str(uuid.uuid4()), user_id, movie_id, half_stars, clock.now_ms())
    at = await _acknowledged(deps.services.writer.send(event), deps.services.stopping)
    deps.heartbeat.count()
    place = {"event_id": event.event_id, "partition": at.partition, "offset": at.offset}
    if not wait:
        return Accepted.model_validate(place)
    visible = await deps.visibility.of(at)
    milliseconds = round((clock.monotonic() - began) * 1000)
    return Visible.model_validate(place | {"visible": visible, "milliseconds": milliseconds})


async def _acknowledged(sent: Future[Delivered], stopping: Callable[[], bool]) -> Delivered:
    """Where Kafka put it.

    Raises:
        ConnectionError: if the writer says that it did not, or nothing until the process must end.
    """
    place = asyncio.wrap_future(sent)
    while not (place.done() or stopping()):
        await asyncio.wait([place], timeout=LOOK_S)
    await asyncio.wait([place], timeout=STOPPING_S)
    if not place.done():
        place.cancel()
        raise ConnectionError("the API is shutting down")
    return place.result()

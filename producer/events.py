"""A data set's rows as events: deterministic, one per row."""

import uuid
from collections.abc import Callable, Iterator

from contracts.events import Event, Kind
from contracts.movielens import Ratings

_NAMESPACE = uuid.UUID("8a0ce1f3-5b5e-5d49-9d0b-6f0f5f1c9a61")


def event_id(sha256: str, row: int, user_id: int, movie_id: int, rated_at_s: int) -> str:
    """The id of a row: the same whenever and however it is replayed (UUIDv5, RFC 9562)."""
    name = f"{sha256}:{row}:{user_id}:{movie_id}:{rated_at_s}"
    return str(uuid.uuid5(_NAMESPACE, name))


def events(ratings: Ratings, rated_at_ms: Callable[[int], int]) -> Iterator[Event]:
    """Events in the ratings' order; `rated_at_ms` makes the event's time from the row's seconds."""
    columns = (ratings.row, ratings.user_id, ratings.movie_id, ratings.half_stars)
    lists = [column.tolist() for column in (*columns, ratings.rated_at_s)]
    for row, user, movie, half_stars, at_s in zip(*lists, strict=True):
        id_ = event_id(ratings.sha256, row, user, movie, at_s)
        yield Event(Kind.rated, id_, user, movie, half_stars, rated_at_ms(at_s))

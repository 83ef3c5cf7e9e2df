"""Small events, records, histories, lists and models, as tests need them."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.artefact import Model
from contracts.event_parser import Record
from contracts.events import Event, Kind, encode
from contracts.histories import Entry, History
from contracts.hyper_parameters import Parameters
from contracts.partitioner import partition_of
from contracts.ranked_lists import ENTRY, NO_STARS, RankedList, UserLists
from contracts.redis_keys import Keys
from contracts.similar_movies import Neighbours
from contracts.topics import Identity
from contracts.version_lists import VersionLists
from event_log import SCHEMA
from kafka_clients import Consumed

PARTITIONS = 4
AT_MS = 1_763_632_800_000
"""20 November 2025, 10:00: when events of these tests are rated and appended."""
EVENT_ID = "0f5a3c1e-6f0e-5b3a-9c1d-0123456789ab"


def identity(partitions: int = PARTITIONS) -> Identity:
    """Of a topic that only tests know."""
    return Identity("cluster", "topic", partitions)


def rated(user_id: int = 7, movie_id: int = 10, half_stars: int = 8, at_ms: int = AT_MS) -> Event:
    return Event(Kind.rated, EVENT_ID, user_id, movie_id, half_stars, at_ms)


def retracted(user_id: int = 7, movie_id: int = 10, at_ms: int = AT_MS) -> Event:
    return Event(Kind.retracted, EVENT_ID, user_id, movie_id, None, at_ms)


def dismissed(user_id: int = 7, movie_id: int = 10, at_ms: int = AT_MS) -> Event:
    return Event(Kind.dismissed, EVENT_ID, user_id, movie_id, None, at_ms)


def record(event: Event, timestamp_ms: int = AT_MS) -> Record:
    """The record of an event in its place."""
    return holding(encode(event), event.user_id, timestamp_ms)


def holding(value: bytes | None, user_id: int = 7, timestamp_ms: int = AT_MS) -> Record:
    """A record with any value, keyed and placed for a user."""
    partition = partition_of(user_id, PARTITIONS)
    return Record(str(user_id).encode(), partition, value, timestamp_ms)


def fields(**changes: Any) -> dict[str, Any]:
    """The JSON fields of a valid rating by user 7, some of them changed; `...` leaves one out."""
    whole = {
        "v": 1,
        "kind": "rated",
        "event_id": EVENT_ID,
        "user_id": 7,
        "movie_id": 10,
        "rating": 4.0,
        "rated_at": "2025-11-20T10:00:00.000Z",
    } | changes
    return {name: value for name, value in whole.items() if value is not ...}


def wire(**changes: Any) -> bytes:
    """`fields` as JSON."""
    return json.dumps(fields(**changes)).encode()


def consumed(*events: Event | bytes, first: int = 0, timestamp_ms: int = AT_MS) -> list[Consumed]:
    """Events, or values that are none, at successive offsets of one partition."""
    records = (
        record(e, timestamp_ms) if isinstance(e, Event) else holding(e, timestamp_ms=timestamp_ms)
        for e in events
    )
    return [Consumed(first + n, one) for n, one in enumerate(records)]


def log_rows(*events: Event | str, first: int = 0, timestamp_ms: int = AT_MS) -> pa.RecordBatch:
    """Rows of the event log; a string is a rejected record's reason."""
    rows: list[dict[str, object]] = []
    for offset, event in enumerate(events, first):
        place: dict[str, object] = {"offset": offset, "timestamp_ms": timestamp_ms + offset}
        if isinstance(event, str):
            rows.append(place | {"reason": event, "copy": "junk"})
        else:
            typed = {name: getattr(event, name) for name in event.__struct_fields__}
            rows.append(place | typed | {"kind": int(event.kind)})
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def history(states: Mapping[int, int], next_offset: int = 1, at_ms: int = AT_MS) -> History:
    """A history with these states by movie."""
    entries = {movie: Entry(state, at_ms) for movie, state in states.items()}
    return History(entries, next_offset, at_ms)


def ranked(*movies: int, version: int = 1, next_offset: int = 0) -> RankedList:
    """A list of these movies, in this order."""
    scores = np.linspace(1, 0.5, len(movies), dtype=np.float32)
    stars = np.full(len(movies), NO_STARS, np.uint8)
    ids = np.array(movies, np.uint32)
    return RankedList(version, next_offset, AT_MS, AT_MS, ids, scores, stars)


def same_list(one: RankedList, other: RankedList) -> bool:
    """Whether two lists are equal; arrays do not compare by themselves."""
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def user_lists(lists: Mapping[tuple[int, int], RankedList], version: int = 1) -> UserLists:
    """These lists by (partition, user), made for one version at AT_MS."""
    counts = np.array([len(one.movies) for one in lists.values()], np.int32)
    entries = np.zeros((len(lists), counts.max(initial=0)), ENTRY)
    for row, one in zip(entries, lists.values(), strict=True):
        row["movie"][: len(one.movies)] = one.movies
        row["score"][: len(one.movies)] = one.scores
        row["stars"][: len(one.movies)] = one.stars_x10
    return UserLists(
        version,
        AT_MS,
        np.array([partition for partition, _ in lists], np.int32),
        np.array([user for _, user in lists], np.int64),
        np.array([one.next_offset for one in lists.values()], np.int64),
        np.array([one.events_through_ms for one in lists.values()], np.int64),
        counts,
        entries,
    )


def made(version: int, lists: Mapping[tuple[int, int], RankedList] | None = None) -> VersionLists:
    """A version with these lists; 10 and 20 are alike, and 20 is the one drama."""
    return VersionLists(
        version,
        user_lists(lists or {}, version),
        popular=ranked(10, 20, 30, version=version),
        by_genre={"Drama": ranked(20, version=version)},
        similar={10: neighbours(20, version=version), 20: neighbours(10, version=version)},
    )


def neighbours(*movies: int, version: int = 1) -> Neighbours:
    """These movies, ever less alike."""
    cosines = np.linspace(1, 0, len(movies), dtype=np.float32)
    return Neighbours(version, np.array(movies, np.uint32), cosines)


def model(movies: int = 12, rank: int = 3, seed: int = 1) -> Model:
    """A model of random factors over the movies 10, 20, 30 and so on."""
    random = np.random.default_rng(seed)
    return Model(
        movies=np.arange(1, movies + 1, dtype=np.int32) * 10,
        factors=random.normal(size=(movies, rank)).astype(np.float32),
        biases=random.normal(size=movies).astype(np.float32),
        ratings=np.full(movies, 9, np.int32),
        likes=np.arange(movies, dtype=np.int32),
        prior=np.log1p(np.arange(movies)).astype(np.float32),
        mean=7.0,
        parameters=Parameters(rank=rank),
    )


def movielens(folder: Path, ratings: str = "", movies: str = "", links: str | None = None) -> Path:
    """A folder of a release: the header lines are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + ratings)
    (folder / "movies.csv").write_text("movieId,title,genres\n" + movies, encoding="utf-8")
    if links is not None:
        (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n" + links)
    return folder


def own_keys() -> Keys:
    """Keys under a prefix that nobody else has."""
    return Keys(f"test-{uuid.uuid4().hex}:1:")

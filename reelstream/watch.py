"""The demo's eyes: what a reader of API and store sees right now."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, NamedTuple

import pyarrow.compute as pc

from contracts.clients import Admin, KafkaError, Tail, WrongTopic, listening
from contracts.eventlog import Place, ends, read
from contracts.settings import Settings
from contracts.store.connection import StoreError, connect
from contracts.store.reading import ReadingStore
from contracts.store.speed import Position, judged_in
from contracts.store.status import QUERIES, QueryStatus, StatusStore
from contracts.store.versions import Active

TIMEOUT_S = 2
SPEAKING = ("streaming", "speed", "batch", "api")
"""The processes that write a heartbeat."""


class Ids(NamedTuple):
    """How many events people sent, and how many rows came once more."""

    from_people: int
    repeated: int


@dataclass(frozen=True)
class View:
    """One look at the store; what is not there yet is empty.

    The position is that of all partitions, with no groups of reasons or users.
    """

    position: Position
    active: Active | None
    said: Mapping[str, Mapping[str, str]]
    """What each process says of itself."""
    queries: tuple[QueryStatus, ...] = ()
    """Streaming's, as far as they have spoken."""
    looked: bool = True
    """Whether the store has ever answered."""

    @property
    def accepted(self) -> int:
        """Ratings that the API has accepted."""
        return int(self.said["api"].get("accepted", 0))


class Watch:
    """Looks at the running system as a reader would; never changes anything."""

    def __init__(self, settings: Settings) -> None:
        """Look at the system that these settings describe."""
        client = connect(settings.redis_url, timeout_s=TIMEOUT_S)
        self._reader = ReadingStore(client, settings.keys, settings.partitions)
        self._status = StatusStore(client, settings.keys)
        self._settings = settings
        self._base = f"http://{settings.api_host}:{settings.api_port}"
        self._last = View(Position(), None, {name: {} for name in SPEAKING}, looked=False)

    def view(self) -> View:
        """How things are; the last look if the store does not answer now."""
        try:
            parts = self._reader.positions().values()
            said = {name: self._status.read(name) for name in SPEAKING}
            queries = tuple(filter(None, map(self._status.query, QUERIES)))
            self._last = View(_summed(list(parts)), self._reader.active(), said, queries)
        except StoreError:
            pass  # Redis is being started again
        return self._last

    def page_answers(self) -> bool:
        """Whether the page is there and popular movies are to be had."""
        page = self.get("/", lambda body: b"<html" in body.lower() or b"<!doctype" in body.lower())
        return bool(page and self.get_json("/popular?limit=10").get("items"))

    def titles(self, user_id: int) -> tuple[str | None, list[str]]:
        """Source and titles of a user's list, as the API answers."""
        answer = self.get_json(f"/users/{user_id}/recommendations?limit=10")
        return answer.get("source"), [item["title"] for item in answer.get("items", [])]

    def trending(self, limit: int) -> list[str]:
        """Titles of the movies that trend over ten minutes, with their ratings."""
        items = self.get_json(f"/trending?window=10m&limit={limit}").get("items", [])
        return [f"{item['title']} ({item['ratings']})" for item in items]

    def landed(self) -> dict[int, int]:
        """The event log's next-offsets."""
        return ends(Place.of(self._settings.log_place))

    def landed_ids(self) -> Ids:
        """What the event log's ids tell; those of a data set's rows are UUIDv8, and no other's."""
        log = Place.of(self._settings.log_place)
        ids = read(log, self.landed(), ["event_id"])["event_id"].drop_null()
        rows = ids.filter(pc.equal(pc.utf8_slice_codeunits(ids, 14, 15), "8"))
        return Ids(len(ids) - len(rows), len(rows) - pc.count_distinct(rows).as_py())

    def topic_ends(self) -> dict[int, int]:
        """The topic's next-offsets; empty while broker or topic are not there."""
        kafka, topic = self._settings.kafka, self._settings.topics.ratings
        if not listening(kafka):
            return {}
        try:
            with closing(Admin(kafka)) as admin:
                admin.identity(topic)  # the ends of a topic that is not there are long in coming
            start = dict.fromkeys(range(self._settings.partitions), 0)
            with closing(Tail(kafka, topic, start)) as tail:
                return tail.ends()
        except (KafkaError, ConnectionError, WrongTopic):
            return {}

    def get(self, path: str, ask: Callable[[bytes], bool]) -> bool:
        """Whether the API answers and its answer is as asked."""
        try:
            with urllib.request.urlopen(self._base + path, timeout=TIMEOUT_S) as response:
                return ask(response.read())
        except (OSError, HTTPException):
            return False

    def get_json(self, path: str) -> dict[str, Any]:
        """The API's JSON answer; empty if there is none."""
        try:
            with urllib.request.urlopen(self._base + path, timeout=TIMEOUT_S) as response:
                return dict(json.load(response))
        except (OSError, HTTPException, ValueError):
            return {}


def _summed(parts: list[Position]) -> Position:
    return Position(
        next_offset=sum(part.next_offset for part in parts),
        applied=sum(part.applied for part in parts),
        no_effect=sum(part.no_effect for part in parts),
        rejected={"all": sum(sum(part.rejected.values()) for part in parts)},
        judged=judged_in(parts),
    )

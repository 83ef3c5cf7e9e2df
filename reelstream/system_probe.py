"""What a reader of API and store sees at the moment."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial, reduce
from http.client import HTTPException
from typing import Any, NamedTuple, TypeVar
from urllib.request import ProxyHandler, build_opener

import psutil
import pyarrow.compute as pc

from contracts.active_version import Active
from contracts.process_status import (
    QUERIES,
    ApiStatus,
    BatchStatus,
    ProcessStatus,
    QueryStatus,
    SpeedStatus,
    StreamingStatus,
)
from contracts.settings import Settings
from contracts.stored_value_checks import CorruptValue
from contracts.trends import Window
from event_log import Storage, ends, read
from kafka_clients import Admin, KafkaError, PartitionReader, WrongTopic, listening
from redis_store.catalogue import CatalogueStore
from redis_store.connection import UNREACHABLE, StoreError, connect
from redis_store.health import evicts, require_fit
from redis_store.live_quality_counts import AFTER_A_MINUTE, judged_in
from redis_store.partition_position import Position
from redis_store.reader import ReadingStore
from redis_store.status import StatusStore, id_of
from redis_store.trends import TrendStore
from reelstream.error_translation import error_line

TIMEOUT_S = 2
DIRECTLY = build_opener(ProxyHandler({}))
"""Asks our own API; a proxy is for what is elsewhere."""
T = TypeVar("T")


class Ids(NamedTuple):
    """How many events people sent, and how many rows came once more."""

    from_people: int
    repeated: int


@dataclass(frozen=True)
class View:
    """One look at the store; what is not there yet is empty.

    The position is that of all partitions, with no groups of reasons or users.
    """

    position: Position = field(default_factory=Position)
    active: Active | None = None
    streaming: StreamingStatus = field(default_factory=StreamingStatus)
    speed: SpeedStatus = field(default_factory=SpeedStatus)
    """What its workers say together."""
    batch: BatchStatus = field(default_factory=BatchStatus)
    api: ApiStatus = field(default_factory=ApiStatus)
    queries: tuple[QueryStatus, ...] = ()
    """Streaming's, as far as they have spoken."""
    workers: Mapping[str, SpeedStatus] = field(default_factory=dict)
    """The speed layer's, who spoke last comes last."""
    unplaced: tuple[int, ...] = ()
    """Partitions without a position."""
    damaged: tuple[str, ...] = ()
    """What could not be read, by its key; the look before tells the rest."""
    looked: bool = True
    """Whether the store has ever answered."""

    @property
    def processes(self) -> dict[str, ProcessStatus]:
        """What each process says of itself, by its name."""
        return {one.process: one for one in (self.streaming, self.speed, self.batch, self.api)}


class Rest(NamedTuple):
    """Whether catalogue and trends are in Redis, and what of them is damaged, by its key."""

    has_catalogue: bool
    has_trends: bool
    damaged: tuple[str, ...] = ()


class StoreProbe(NamedTuple):
    """Asks the store, and notes what is damaged instead of failing."""

    damaged: list[str]

    def __call__(self, question: Callable[[], T]) -> T | None:
        """The answer; None if it is damaged."""
        try:
            return question()
        except CorruptValue as error:
            self.damaged.append(str(error))
            return None


class SystemProbe:
    """Looks at the running system as a reader would; never changes anything."""

    def __init__(self, settings: Settings) -> None:
        """Look at the system that these settings describe."""
        self._client = client = connect(settings.redis_url, timeout_s=TIMEOUT_S)
        self._reader = ReadingStore(client, settings.keys)
        self._status = StatusStore(client, settings.keys)
        self._trends = TrendStore(client, settings.keys)
        self._catalogue = CatalogueStore(client, settings.keys)
        self._settings = settings
        self._base = settings.page
        self._last = View(looked=False)

    def view(self) -> View:
        """How things are; the last look if the store does not answer now."""
        with suppress(StoreError):  # Redis is being started again
            self._last = self._looked()
        return self._last

    def refusal(self) -> str | None:
        """Why Redis takes nothing, or may lose what it took; None if it does as it should."""
        try:
            require_fit(self._client)
            policy = evicts(self._client)
        except UNREACHABLE:
            return None  # that it does not answer is told by the view
        except StoreError as error:
            return error_line(error)
        return f"Redis evicts keys (maxmemory-policy {policy})" if policy else None

    def rest(self, now_s: int) -> Rest:
        """What the view leaves out: catalogue, trends, list changes, as far as they can be read."""
        buckets = [bucket for window in Window for bucket in window.buckets(now_s)]
        damaged: list[str] = []
        reading = StoreProbe(damaged)
        with suppress(StoreError):
            for question in (self._trends.read, self._trends.activity, self._trends.records):
                reading(partial(question, buckets))
            reading(self._status.require_stories)
            catalogue, reflected = reading(self._catalogue.read), reading(self._trends.reflected)
            return Rest(catalogue is not None, bool(reflected), tuple(damaged))
        return Rest(has_catalogue=True, has_trends=True)

    def _looked(self) -> View:
        last, damaged = self._last, list[str]()
        read = StoreProbe(damaged)
        positions = read(self._reader.positions) or {}
        streaming = read(partial(self._status.read, StreamingStatus))
        counted = read(partial(self._status.read, SpeedStatus))
        batch = read(partial(self._status.read, BatchStatus))
        api = read(partial(self._status.read, ApiStatus))
        spoken = read(self._status.workers) or {}
        workers = {name: one for name, one in spoken.items() if not has_ended(name)}
        queries = [read(partial(self._status.query, name)) for name in QUERIES]
        return View(
            position=_summed(list(positions.values())) if positions else last.position,
            active=read(self._reader.active),
            streaming=streaming or StreamingStatus(),
            speed=reduce(SpeedStatus.joined, workers.values(), counted or SpeedStatus()),
            batch=batch or BatchStatus(),
            api=api or ApiStatus(),
            queries=tuple(filter(None, queries)),
            workers=workers,
            unplaced=tuple(p for p, one in positions.items() if not one.next_offset),
            damaged=tuple(damaged),
        )

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
        return ends(Storage.of(self._settings.log_address))

    def landed_ids(self) -> Ids:
        """What the event log's ids tell; those of a data set's rows are UUIDv8, and no other's."""
        log = Storage.of(self._settings.log_address)
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
                partitions = admin.identity(topic).partitions
            start = dict.fromkeys(range(partitions), 0)
            with closing(PartitionReader(kafka, topic, start)) as tail:
                return tail.ends()
        except (KafkaError, ConnectionError, WrongTopic):
            return {}

    def get(self, path: str, ask: Callable[[bytes], bool]) -> bool:
        """Whether the API answers and its answer is as asked."""
        try:
            with DIRECTLY.open(self._base + path, timeout=TIMEOUT_S) as response:
                return ask(response.read())
        except (OSError, HTTPException):
            return False

    def get_json(self, path: str) -> dict[str, Any]:
        """The API's JSON answer; empty if there is none."""
        try:
            with DIRECTLY.open(self._base + path, timeout=TIMEOUT_S) as response:
                return dict(json.load(response))
        except (OSError, HTTPException, ValueError):
            return {}


def _summed(parts: list[Position]) -> Position:
    return Position(
        next_offset=sum(part.next_offset for part in parts),
        applied=sum(part.applied for part in parts),
        no_effect=sum(part.no_effect for part in parts),
        rejected={"all": sum(sum(part.rejected.values()) for part in parts)},
        judged=judged_in(parts, AFTER_A_MINUTE),
    )


def has_ended(worker: str) -> bool:
    """Whether a worker is known to be gone: of this machine, and no process has its number."""
    pid = worker.rpartition("-")[2]
    if not pid.isdecimal() or worker != id_of(int(pid)):
        return False
    return not psutil.pid_exists(int(pid))

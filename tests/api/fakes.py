"""Small real implementations of what the API stands on, in memory."""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from api.catalogue_index import CurrentCatalogue
from api.services import CannotWrite, Clock, Services
from contracts.active_version import Active
from contracts.catalogue import Catalogue, Movie, Persona
from contracts.events import Event
from contracts.histories import History
from contracts.hyperloglog import REGISTERS
from contracts.list_precedence import Found, Total, choose
from contracts.partitioner import partition_of
from contracts.process_status import P, ProcessStatus
from contracts.ranked_lists import RankedList
from contracts.trends import Activity, Bucket
from kafka_clients import Delivered
from redis_store.connection import StoreError
from redis_store.status import ListChange

NOW_MS = 1_800_000_000_000
PARTITIONS = 4

MOVIES = [
    Movie(1, "Alien", 1979, ("Horror", "Sci-Fi"), "tt0078748", 348, likes=50, tags=("space",)),
    Movie(2, "Aliens", 1986, ("Action", "Sci-Fi"), "0090605", 679, likes=40),
    Movie(3, "Amélie", 2001, ("Comedy", "Romance"), None, None, likes=60),
    Movie(4, "Speed", 1994, ("Action",), None, None, likes=30),
    Movie(5, "My Best Friend's Alien", None, (), None, None, likes=0),
]
CATALOGUE = Catalogue(MOVIES, [Persona(7, 214, ("Horror", "Thriller"), (1, 4))])


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps."""

    seconds: float = 100.0

    def monotonic(self) -> float:
        """Seconds slept."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    async def slept(self, seconds: float) -> None:
        """Let time pass, as who must not block waits."""
        self.sleep(seconds)


@dataclass
class FakeReader:
    """The store as the API reads it; `trouble` is raised instead of an answer."""

    pointer: Active | None = None
    histories: dict[int, History] = field(default_factory=dict)
    foldins: dict[int, RankedList] = field(default_factory=dict)
    lists: dict[int, RankedList] = field(default_factory=dict)
    published: RankedList | None = None
    totals: dict[int, tuple[int, ...]] = field(default_factory=dict)
    positions: list[int] = field(default_factory=lambda: [0])
    whole: bool = True
    trouble: Exception | None = None
    asked: int = 0

    def active(self) -> Active | None:
        """The pointer."""
        self._answer()
        return self.pointer

    def look_up(self, user_id: int, active: Active | None) -> Found:
        """What is stored of a user."""
        self._answer()
        lists = (self.foldins.get(user_id), self.lists.get(user_id))
        ranked, source = choose(user_id, active, *lists, PARTITIONS)
        said = self.histories.get(user_id, History())
        return Found(said, ranked, source, active, self.whole)

    def popular(self, active: Active) -> RankedList | None:
        """What was published as popular."""
        self._answer()
        return self.published

    def position(self, partition: int) -> int:
        """The positions one after the other, then the last for ever."""
        self._answer()
        return self.positions.pop(0) if len(self.positions) > 1 else self.positions[0]

    def total(self, movie_id: int) -> Total:
        """A movie's histogram."""
        self._answer()
        return Total(self.totals.get(movie_id, (0,) * 10), self.whole)

    def _answer(self) -> None:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble


@dataclass
class FakeTrends:
    """Buckets by grain and start; `trouble` is raised instead of an answer."""

    counts: dict[Bucket, dict[str, tuple[int, int]]] = field(default_factory=dict)
    happened: dict[Bucket, Activity] = field(default_factory=dict)
    asked: list[Bucket] = field(default_factory=list)
    trouble: Exception | None = None

    def read(self, buckets: Sequence[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets."""
        self._answer()
        self.asked += buckets
        return [self.counts.get(bucket, {}) for bucket in buckets]

    def records(self, buckets: Sequence[Bucket]) -> list[int | None]:
        """How many records these buckets reflect."""
        self._answer()
        found = map(self.happened.get, buckets)
        return [one and one.records for one in found]

    def activity(self, buckets: Sequence[Bucket]) -> list[Activity]:
        """What happened in these buckets."""
        self._answer()
        nothing = Activity(0, 0, 0, bytes(REGISTERS))
        return [self.happened.get(bucket, nothing) for bucket in buckets]

    def _answer(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@dataclass
class FakeStatus:
    """Heartbeats and list changes; away while `trouble` is set."""

    written: dict[str, ProcessStatus] = field(default_factory=dict)
    list_changes: list[tuple[str, ListChange]] = field(default_factory=list)
    trouble: StoreError | None = None

    def read(self, kind: type[P]) -> P:
        """What a process has said."""
        if self.trouble is not None:
            raise self.trouble
        said = self.written.get(kind.process)
        return said if isinstance(said, kind) else kind()

    def write(self, status: ProcessStatus) -> None:
        """Keep what a process says."""
        self.written[status.process] = status

    def list_changes_after(self, last_id: str) -> list[tuple[str, ListChange]]:
        """Newer list changes, or the newest one."""
        if last_id == "$":
            return self.list_changes[-1:]
        return [(id_, change) for id_, change in self.list_changes if id_ > last_id]


@dataclass
class FakeWriter:
    """Kafka in a list."""

    events: list[Event] = field(default_factory=list)
    refusal: CannotWrite | None = None
    loss: ConnectionError | None = None
    trouble: str | None = None

    def send(self, event: Event) -> Future[Delivered]:
        """Keep the event."""
        if self.refusal is not None:
            raise self.refusal
        written: Future[Delivered] = Future()
        if self.loss is not None:
            written.set_exception(self.loss)
            return written
        self.events.append(event)
        partition = partition_of(event.user_id, PARTITIONS)
        written.set_result(Delivered(partition, len(self.events) - 1, NOW_MS))
        return written

    def running(self) -> AbstractContextManager[None]:
        """There is nothing to be done."""
        return nullcontext()


@dataclass
class FakeSource:
    """The catalogue in the store."""

    catalogue: Catalogue | None = CATALOGUE

    def read(self) -> Catalogue | None:
        """The catalogue."""
        return self.catalogue


@dataclass
class World:
    """Everything outside the API."""

    reader: FakeReader = field(default_factory=FakeReader)
    trends: FakeTrends = field(default_factory=FakeTrends)
    status: FakeStatus = field(default_factory=FakeStatus)
    writer: FakeWriter = field(default_factory=FakeWriter)
    source: FakeSource = field(default_factory=FakeSource)
    time: FakeTime = field(default_factory=FakeTime)
    folder: Path = Path("nowhere")

    def services(self) -> Services:
        """What the API is handed; the catalogue has been looked for once."""
        catalogue = CurrentCatalogue(self.folder / "catalogue.json", self.source)
        catalogue.refresh()
        return Services(
            self.reader,
            self.trends,
            self.status,
            self.writer,
            catalogue,
            self.folder / "progress.json",
            stopping=lambda: False,
            clock=Clock(lambda: NOW_MS, self.time.monotonic, self.time.slept),
        )

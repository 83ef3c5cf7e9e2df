"""Small real implementations of what the API stands on, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.services import Clock, Services
from api.shelf import Shelves
from contracts.catalogue import Catalogue, Movie, Persona
from contracts.clients import Delivered
from contracts.events import Event
from contracts.histories import History
from contracts.lists import RankedList
from contracts.reading import Found, choose
from contracts.sketches import REGISTERS
from contracts.store.connection import StoreError
from contracts.store.status import Story
from contracts.store.versions import Active
from contracts.topics import partition_of
from contracts.trends import Activity, Bucket

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
        return Found(self.histories.get(user_id, History()), ranked, source, active)

    def popular(self, active: Active) -> RankedList | None:
        """What was published as popular."""
        self._answer()
        return self.published

    def position(self, partition: int) -> int:
        """The positions one after the other, then the last for ever."""
        self._answer()
        return self.positions.pop(0) if len(self.positions) > 1 else self.positions[0]

    def total(self, movie_id: int) -> tuple[int, ...]:
        """A movie's histogram."""
        self._answer()
        return self.totals.get(movie_id, (0,) * 10)

    def _answer(self) -> None:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble


@dataclass
class FakeTrends:
    """Buckets by grain and start."""

    counts: dict[Bucket, dict[str, tuple[int, int]]] = field(default_factory=dict)
    happened: dict[Bucket, Activity] = field(default_factory=dict)
    asked: list[Bucket] = field(default_factory=list)

    def read(self, buckets: Sequence[Bucket]) -> list[dict[str, tuple[int, int]]]:
        """The counts of these buckets."""
        self.asked += buckets
        return [self.counts.get(bucket, {}) for bucket in buckets]

    def records(self, buckets: Sequence[Bucket]) -> list[int | None]:
        """How many records these buckets reflect."""
        found = map(self.happened.get, buckets)
        return [one and one.records for one in found]

    def activity(self, buckets: Sequence[Bucket]) -> list[Activity]:
        """What happened in these buckets."""
        nothing = Activity(0, 0, 0, bytes(REGISTERS))
        return [self.happened.get(bucket, nothing) for bucket in buckets]


@dataclass
class FakeStatus:
    """Heartbeats and stories; away while `trouble` is set."""

    written: dict[str, dict[str, str]] = field(default_factory=dict)
    stories: list[tuple[str, Story]] = field(default_factory=list)
    trouble: StoreError | None = None

    def read(self, process: str) -> dict[str, str]:
        """A process's fields."""
        if self.trouble is not None:
            raise self.trouble
        return self.written.get(process, {})

    def write(self, process: str, fields: Mapping[str, str | int | float]) -> None:
        """Set fields."""
        stored = self.written.setdefault(process, {})
        stored.update({name: str(value) for name, value in fields.items()})

    def stories_after(self, last_id: str) -> list[tuple[str, Story]]:
        """Newer stories, or the newest one."""
        if last_id == "$":
            return self.stories[-1:]
        return [(id_, story) for id_, story in self.stories if id_ > last_id]


@dataclass
class FakeWriter:
    """Kafka in a list."""

    events: list[Event] = field(default_factory=list)
    trouble: Exception | None = None

    def send(self, event: Event) -> Delivered:
        """Keep the event."""
        if self.trouble is not None:
            raise self.trouble
        self.events.append(event)
        partition = partition_of(event.user_id, PARTITIONS)
        return Delivered(partition, len(self.events) - 1, NOW_MS)


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
        shelves = Shelves(self.folder / "catalogue.json", self.source)
        shelves.refresh()
        return Services(
            self.reader,
            self.trends,
            self.status,
            self.writer,
            shelves,
            self.folder / "progress.json",
            stopping=lambda: False,
            clock=Clock(lambda: NOW_MS, self.time.monotonic, self.time.sleep),
        )

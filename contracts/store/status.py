"""What each process says of itself, and the stories that the speed layer tells."""

from collections.abc import Mapping

import msgspec

from contracts.keys import Keys
from contracts.store.connection import Client

STORIES_KEPT = 200
QUERIES = ("log", "trends")
"""Streaming's; each says how it gets on under a name of its own."""
STUCK_S = 120.0
"""A query that has been behind for so long, and has committed no batch, will not by itself."""


class Story(msgspec.Struct, frozen=True):
    """One rating and what it did to the rater's list, as shown to people."""

    user_id: int
    movie_id: int
    half_stars: int
    milliseconds: int
    gained: tuple[int, ...]
    lost: tuple[int, ...]


class QueryStatus(msgspec.Struct, frozen=True):
    """How a query of streaming gets on; what it has not told yet is None.

    Attributes:
        progressed_ms: when it last committed a batch, or had nothing left to read.
        behind: records not read yet.
        batch: the last committed one, and its end, rows and duration in the next three.
        watermark_ms: of trends alone, as is the rest.
        state_bytes: that the state takes in memory.
    """

    name: str
    progressed_ms: int
    behind: int
    batch: int | None = None
    committed_ms: int | None = None
    rows: int | None = None
    duration_ms: int | None = None
    watermark_ms: int | None = None
    state_rows: int | None = None
    state_bytes: int | None = None

    def stands_s(self, now_ms: int) -> float:
        """Seconds since it last got on."""
        return max(0.0, (now_ms - self.progressed_ms) / 1000)


class StatusStore:
    """Heartbeats and stories."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys

    def write(self, process: str, fields: Mapping[str, str | int | float]) -> None:
        """Set these fields of a process's status."""
        self._client.hset(self._keys.status(process), mapping=dict(fields))

    def read(self, process: str) -> dict[str, str]:
        """All fields of a process's status; empty for one that never spoke."""
        stored = self._client.hgetall(self._keys.status(process))
        return {name.decode(): value.decode() for name, value in stored.items()}

    def write_query(self, query: QueryStatus) -> None:
        """Set what a query tells; what it does not tell now is kept."""
        told = {n: v for n, v in msgspec.structs.asdict(query).items() if v is not None}
        self.write(f"streaming-{query.name}", told)

    def query(self, name: str) -> QueryStatus | None:
        """How a query gets on; None if it never spoke."""
        stored = self.read(f"streaming-{name}")
        return msgspec.convert(stored, QueryStatus, strict=False) if stored else None

    def tell(self, story: Story) -> None:
        """Add a story to the newest few hundred."""
        fields = {"story": msgspec.json.encode(story)}
        self._client.xadd(self._keys.stories(), fields, maxlen=STORIES_KEPT, approximate=True)

    def stories_after(self, last_id: str) -> list[tuple[str, Story]]:
        """Stories newer than an entry id, oldest first; `$` means only the newest one."""
        key = self._keys.stories()
        if last_id == "$":
            found = self._client.xrevrange(key, count=1)
        else:
            found = self._client.xrange(key, min=f"({last_id}", count=STORIES_KEPT)
        return [(id_.decode(), _story(fields)) for id_, fields in found]


def _story(fields: Mapping[bytes, bytes]) -> Story:
    return msgspec.json.decode(fields[b"story"], type=Story)

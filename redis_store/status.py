"""The status that each process reports, and how ratings changed lists."""

import logging
import socket
from collections.abc import Mapping

import msgspec

from contracts.process_status import (
    ByPartitionAndBucket,
    P,
    ProcessStatus,
    QueryStatus,
    S,
    SpeedStatus,
    decode,
    encode,
)
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue, stored_at, text
from redis_store.connection import Client

log = logging.getLogger(__name__)

STORIES_KEPT = 200
LONGEST_HOST, LONGEST_WORKER = 60, 100
WORKER_KEPT_S = 600
"""How long a worker that says nothing is remembered."""
MOST_WORKERS = 1000


class ListChange(msgspec.Struct, frozen=True):
    """One rating and what it did to the rater's list, as shown to people."""

    user_id: int
    movie_id: int
    half_stars: int
    milliseconds: int
    gained: tuple[int, ...]
    lost: tuple[int, ...]


class StatusStore:
    """Heartbeats and changes of lists."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys."""
        self._client = client
        self._keys = keys

    def write(self, status: ProcessStatus) -> None:
        """Replace its process's status."""
        self._replace(self._keys.status(status.process), status)

    def read(self, kind: type[P]) -> P:
        """What the process of this kind says; nothing of one that has never reported.

        Raises:
            CorruptValue: if it is damaged.
        """
        return self._read(kind.process, kind) or kind()

    def add_fresh(self, counts: ByPartitionAndBucket) -> None:
        """Add to what all workers of the speed layer count; if that is damaged, it starts again."""
        key = self._keys.status(SpeedStatus.process)
        try:
            kept = self.read(SpeedStatus).fresh
        except CorruptValue as error:
            log.warning("counting starts again from zero: %s", error)
            self._client.unlink(key)
            kept = {}
        if counts:
            sums = {of: kept.get(of, 0) + count for of, count in counts.items()}
            self._client.hset(key, mapping=encode(SpeedStatus(fresh=sums)))

    def write_worker(self, worker_id: str, status: SpeedStatus) -> None:
        """Replace what a worker of the speed layer said; it ends by itself in the long run."""
        now_ms = status.heartbeat_ms or 0
        self._replace(self._keys.status(f"speed:{worker_id}"), status, WORKER_KEPT_S)
        key = self._keys.workers()
        try:
            self._client.zadd(key, {worker_id: now_ms})
        except CorruptValue:
            self._client.unlink(key)  # the others will be there again with their next beat
            self._client.zadd(key, {worker_id: now_ms})
        self._client.zremrangebyscore(key, "-inf", now_ms - WORKER_KEPT_S * 1000)

    def forget_worker(self, worker_id: str) -> None:
        """A worker has ended."""
        self._client.unlink(self._keys.status(f"speed:{worker_id}"))
        self._client.zrem(self._keys.workers(), worker_id)

    def workers(self) -> dict[str, SpeedStatus]:
        """What each worker of the speed layer says, who spoke last comes last.

        Raises:
            CorruptValue: if one is damaged.
        """
        key = self._keys.workers()
        ids = self._client.zrange(key, -MOST_WORKERS, -1)
        with stored_at(key):
            names = [text(one, LONGEST_WORKER) for one in ids]
        found = {name: self._read(f"speed:{name}", SpeedStatus) for name in names}
        return {name: status for name, status in found.items() if status}

    def write_query(self, query: QueryStatus) -> None:
        """Set what a query tells; what it does not tell now is kept."""
        key = self._keys.status(f"streaming-{query.name}")
        try:
            before = self.query(query.name)
        except CorruptValue:
            before = None
        self._replace(key, before.followed_by(query) if before else query)

    def query(self, name: str) -> QueryStatus | None:
        """The progress of a query; None if it has never reported.

        Raises:
            CorruptValue: if what it said is damaged.
        """
        query = self._read(f"streaming-{name}", QueryStatus)
        if query and query.name != name:
            key = self._keys.status(f"streaming-{name}")
            raise CorruptValue(f"{key}: it belongs to query {query.name!r}")
        return query

    def add_list_change(self, change: ListChange) -> None:
        """Add it to the newest few hundred; a value of the wrong type gives way."""
        key, fields = self._keys.stories(), {"story": msgspec.json.encode(change)}
        try:
            self._client.xadd(key, fields, maxlen=STORIES_KEPT, approximate=True)
        except CorruptValue:
            self._client.unlink(key)
            self._client.xadd(key, fields, maxlen=STORIES_KEPT, approximate=True)

    def list_changes_after(self, last_id: str) -> list[tuple[str, ListChange | None]]:
        """List changes newer than an entry id, oldest first; `$` means only the newest one.

        None for an entry that is damaged.
        """
        key = self._keys.stories()
        if last_id == "$":
            found = self._client.xrevrange(key, count=1)
        else:
            found = self._client.xrange(key, min=f"({last_id}", count=STORIES_KEPT)
        return [(id_.decode(), _list_change(fields or {})) for id_, fields in found]

    def require_stories(self) -> None:
        """Look at all list changes that are kept.

        Raises:
            CorruptValue: naming the first that is damaged.
        """
        for id_, change in self.list_changes_after("0"):
            if change is None:
                raise CorruptValue(f"{self._keys.stories()}: entry {id_} is damaged")

    def drop_damaged_stories(self) -> None:
        """Delete damaged entries of the stream."""
        key = self._keys.stories()
        try:
            damaged = [id_ for id_, change in self.list_changes_after("0") if change is None]
        except CorruptValue:
            self._client.unlink(key)
            return
        if damaged:
            log.warning("%s: deleted %d damaged entries", key, len(damaged))
            self._client.xdel(key, *damaged)

    def _read(self, name: str, kind: type[S]) -> S | None:
        key = self._keys.status(name)
        stored = self._client.hgetall(key)
        with stored_at(key):
            return decode(kind, stored) if stored else None

    def _replace(self, key: str, status: msgspec.Struct, kept_s: int | None = None) -> None:
        with self._client.pipeline() as pipe:
            pipe.unlink(key)
            pipe.hset(key, mapping=encode(status))
            if kept_s:
                pipe.expire(key, kept_s)
            pipe.execute()


def id_of(pid: int) -> str:
    """A process of this machine, among those of all machines."""
    return f"{socket.gethostname()[:LONGEST_HOST]}-{pid}"


def _list_change(fields: Mapping[bytes, bytes]) -> ListChange | None:
    try:
        return msgspec.json.decode(fields.get(b"story", b""), type=ListChange)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None

"""What readers ask of the store: one look-up of a user, and the values that belong to nobody."""

from typing import cast

from contracts.histories import History, chunk_count, unpack, unpack_total
from contracts.keys import Keys
from contracts.lists import RankedList
from contracts.lists import unpack as unpack_list
from contracts.neighbours import Neighbours
from contracts.neighbours import unpack as unpack_neighbours
from contracts.reading import Found, choose
from contracts.store.connection import Client
from contracts.store.speed import Position, decode_position
from contracts.store.versions import Active, decode_active
from contracts.topics import partition_of


class ReadingStore:
    """The store as the API sees it; it writes nothing."""

    def __init__(self, client: Client, keys: Keys, partitions: int) -> None:
        """Use this client under these keys; `partitions` of the topic `ratings`."""
        self._client = client
        self._keys = keys
        self._partitions = partitions

    def active(self) -> Active | None:
        """The pointer, or None before the first activation."""
        stored = self._client.hgetall(self._keys.active())
        return decode_active(stored) if stored else None

    def look_up(self, user_id: int, active: Active | None) -> Found:
        """A user's history and list under the pointer that the caller holds: one `MGET`.

        A long history takes a second one. The list is None if there is none to show; the pointer
        in the answer is newer than the caller's if the caller's version was gone.

        Raises:
            CorruptValue: if a value is damaged.
        """
        partition = partition_of(user_id, self._partitions)
        foldin, listed, first = self._get(
            self._keys.foldin(partition, user_id),
            self._keys.listed(active.version if active else 0, partition, user_id),
            self._keys.rated(partition, user_id),
        )
        lists = (_list(foldin), _list(listed))
        ranked, source = choose(user_id, active, *lists, self._partitions)
        newer = self.active() if ranked is None else active
        if newer and (active is None or newer.activation > active.activation):
            return self.look_up(user_id, newer)
        return Found(self._history(partition, user_id, first), ranked, source, active)

    def popular(self, active: Active, genre: str | None = None) -> RankedList | None:
        """The popular movies published with the active version, of a genre or of all.

        Raises:
            CorruptValue: if the value is damaged.
        """
        return _list(self._get(self._keys.popular(active.version, genre))[0])

    def similar(self, active: Active, movie_id: int) -> Neighbours | None:
        """A movie's neighbours published with the active version; None if it knows no such movie.

        Raises:
            CorruptValue: if the value is damaged.
        """
        (value,) = self._get(self._keys.similar(active.version, movie_id))
        return None if value is None else unpack_neighbours(value)

    def positions(self) -> dict[int, Position]:
        """Every partition's position and counts."""
        with self._client.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.hgetall(self._keys.position(partition))
            return {p: decode_position(stored) for p, stored in enumerate(pipe.execute())}

    def position(self, partition: int) -> int:
        """The next offset that a partition's keys reflect."""
        return int(self._client.hget(self._keys.position(partition), "next") or 0)

    def total(self, movie_id: int) -> tuple[int, ...]:
        """How many users gave a movie each of the ten half-star values: the partitions' sum."""
        with self._client.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.hget(self._keys.movies(partition), str(movie_id))
            totals = [unpack_total(value) for value in pipe.execute() if value is not None]
        return tuple(map(sum, zip(*totals, strict=True))) if totals else (0,) * 10

    def _history(self, partition: int, user_id: int, first: bytes | None) -> History:
        if first is None:
            return History()
        keys = (self._keys.rated(partition, user_id, n) for n in range(1, chunk_count(first)))
        return unpack([first, *(value or b"" for value in self._get(*keys))])

    def _get(self, *keys: str) -> list[bytes | None]:
        return cast(list[bytes | None], self._client.mget(keys)) if keys else []


def _list(value: bytes | None) -> RankedList | None:
    return None if value is None else unpack_list(value)

"""Reads from the store: a user's history and list, and the values shared by all users."""

from contracts.active_version import Active
from contracts.histories import History, unpack_total
from contracts.list_precedence import Found, Source, Total, choose
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList
from contracts.ranked_lists import unpack as unpack_list
from contracts.redis_keys import Keys
from contracts.similar_movies import Neighbours
from contracts.similar_movies import unpack as unpack_neighbours
from contracts.stored_value_checks import stored_at, whole_number
from redis_store.active_pointer_decoder import decode_active
from redis_store.connection import Client
from redis_store.partition_position import LOWEST_FENCE, Position, decode_position
from redis_store.speed import NO_TOTAL
from redis_store.string_reads import history
from redis_store.topic import decode_identity


class ReadingStore:
    """The store as the API sees it; it writes nothing."""

    def __init__(self, client: Client, keys: Keys) -> None:
        """Use this client under these keys; the store says how many partitions its topic has."""
        self._client = client
        self._keys = keys
        self._partitions = 0

    def active(self) -> Active | None:
        """The pointer, or None before the first activation.

        What is known of the topic is as old as the pointer: both are read here.

        Raises:
            CorruptValue: if either is damaged.
        """
        topic, active = self._keys.topic(), self._keys.active()
        with self._client.pipeline(transaction=False) as pipe:
            pipe.get(topic).hgetall(active)
            identity, stored = pipe.execute()
        self._partitions = _partitions_of(topic, identity)
        return decode_active(active, stored) if stored else None

    def look_up(self, user_id: int, active: Active | None) -> Found:
        """A user's history and list under the pointer that the caller holds: one round trip.

        All of one moment. A long history takes further ones. The list is None if there is none to
        show; the pointer in the answer is newer than the caller's if the caller's version was gone.
        Before a topic is recorded nobody has anything.

        Raises:
            CorruptValue: if a value is damaged.
        """
        partitions = self._known()
        if not partitions:
            return Found(History(), None, Source.batch, active, whole=False)
        partition = partition_of(user_id, partitions)
        folding = self._keys.foldin(partition, user_id)
        listing = self._keys.listed(active.version if active else 0, partition, user_id)
        position = self._keys.position(partition)
        with self._client.pipeline() as pipe:
            for key in (folding, listing, self._keys.rated(partition, user_id)):
                pipe.get(key)
            pipe.hget(position, "next")
            foldin, listed, first, reached = pipe.execute()
        lists = (_list(folding, foldin), _list(listing, listed))
        ranked, source = choose(user_id, active, *lists, partitions)
        newer = self.active() if ranked is None else active
        if newer and (active is None or newer.activation > active.activation):
            return self.look_up(user_id, newer)
        said = history(self._client, self._keys, partition, user_id, first)
        lost = first is None and any(one and one.next_offset for one in lists)
        whole = _next(position, reached) is not None and not lost
        return Found(said, ranked, source, active, whole)

    def popular(self, active: Active, genre: str | None = None) -> RankedList | None:
        """The popular movies published with the active version, of a genre or of all.

        Raises:
            CorruptValue: if the value is damaged.
        """
        key = self._keys.popular(active.version, genre)
        return _list(key, self._client.get(key))

    def similar(self, active: Active, movie_id: int) -> Neighbours | None:
        """A movie's neighbours published with the active version; None if it knows no such movie.

        Raises:
            CorruptValue: if the value is damaged.
        """
        key = self._keys.similar(active.version, movie_id)
        value = self._client.get(key)
        with stored_at(key):
            return None if value is None else unpack_neighbours(value)

    def positions(self) -> dict[int, Position]:
        """Every partition's position and counts; none before a topic is recorded.

        Raises:
            CorruptValue: if one is damaged.
        """
        keys = [self._keys.position(partition) for partition in range(self._known())]
        with self._client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hgetall(key)
            found = enumerate(pipe.execute())
        return {p: decode_position(keys[p], stored) for p, stored in found}

    def position(self, partition: int) -> int:
        """The next offset that a partition's keys reflect; 0 without a position.

        Raises:
            CorruptValue: if it is damaged.
        """
        key = self._keys.position(partition)
        return _next(key, self._client.hget(key, "next")) or 0

    def total(self, movie_id: int) -> Total:
        """A movie's ratings by all users: the partitions' sum.

        Raises:
            CorruptValue: if one of them is damaged.
        """
        partitions = self._known()
        movies = [self._keys.movies(partition) for partition in range(partitions)]
        positions = [self._keys.position(partition) for partition in range(partitions)]
        with self._client.pipeline(transaction=False) as pipe:
            for position, key in zip(positions, movies, strict=True):
                pipe.hget(position, "next")
                pipe.hget(key, str(movie_id))
            found = pipe.execute()
        reached = list(map(_next, positions, found[::2]))
        totals = map(_total, movies, found[1::2])
        histogram = tuple(map(sum, zip(NO_TOTAL, *totals, strict=True)))
        return Total(histogram, bool(reached) and None not in reached)

    def _known(self) -> int:
        """How many partitions the topic has; looked up again for as long as none is recorded."""
        if not self._partitions:
            key = self._keys.topic()
            self._partitions = _partitions_of(key, self._client.get(key))
        return self._partitions


def _partitions_of(key: str, stored: bytes | None) -> int:
    found = decode_identity(key, stored)
    return found.partitions if found else 0


def _list(key: str, value: bytes | None) -> RankedList | None:
    with stored_at(key):
        return None if value is None else unpack_list(value)


def _next(key: str, stored: bytes | None) -> int | None:
    """A position's next offset; None if there is none, or while the partition is loaded."""
    with stored_at(key):
        reached = None if stored is None else whole_number(stored, LOWEST_FENCE)
    return None if reached is None or reached < 0 else reached


def _total(key: str, value: bytes | None) -> tuple[int, ...]:
    with stored_at(key):
        return NO_TOTAL if value is None else unpack_total(value)

import pytest

from contracts.active_version import Active
from contracts.histories import CHUNK, History
from contracts.list_precedence import Source, Total
from contracts.partitioner import partition_of
from contracts.ranked_lists import RankedList
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from harness.builders import AT_MS, PARTITIONS, history, identity, made, model, ranked, same_list
from redis_store.connection import Client
from redis_store.partition_position import Position, new_fence
from redis_store.reader import ReadingStore
from redis_store.speed import Change, SpeedStore
from redis_store.topic import TopicStore
from redis_store.versions import VersionStore

pytestmark = pytest.mark.integration

USER = 7
P = partition_of(USER, PARTITIONS)


class Counting:
    """A client that counts the commands that it is asked for."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        return getattr(self.client, name)


class Serving:
    """A store to read, and those who write it."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self.client = Counting(client)
        self.reader = ReadingStore(self.client, keys)
        TopicStore(client, keys).claim(identity())
        self._speed = SpeedStore(client, keys)
        self._versions = VersionStore(client, keys)

    def fold_in(self, one: History, made: RankedList | None) -> None:
        lists = {USER: made} if made else {}
        at = self._speed.position(P).next_offset
        self._speed.write(
            P, Change(at, Position(one.next_offset, one.next_offset), {USER: one}, lists)
        )

    def publish(self, version: int, one: RankedList | None, snapshot: int) -> Active:
        lists = {(P, USER): one} if one else {}
        self._versions.publish(model(), made(version, lists))
        self._versions.activate(version, {P: snapshot}, version, AT_MS)
        active = self.reader.active()
        assert active is not None
        self.client.asked.clear()
        return active

    def prune(self, kept: int) -> None:
        self._versions.prune({kept})


@pytest.fixture
def serving(client: Client, keys: Keys) -> Serving:
    return Serving(client, keys)


def test_a_stranger_has_nothing(serving: Serving) -> None:
    found = serving.reader.look_up(USER, None)

    assert (found.history, found.ranked, found.active) == (History(), None, None)


def test_a_look_up_is_one_round_trip(serving: Serving) -> None:
    serving.fold_in(history({10: 8}), ranked(20, next_offset=1))
    active = serving.publish(1, ranked(30), snapshot=1)

    found = serving.reader.look_up(USER, active)

    assert serving.client.asked == ["pipeline"]
    assert found.ranked is not None
    assert same_list(found.ranked, ranked(30))
    assert (found.source, found.history) == (Source.batch, history({10: 8}))


def test_a_list_newer_than_the_snapshot_wins(serving: Serving) -> None:
    serving.fold_in(history({10: 8}, 2), ranked(20, next_offset=2))
    active = serving.publish(1, ranked(30), snapshot=1)

    assert serving.reader.look_up(USER, active).source is Source.fold_in


def test_a_long_history_takes_a_second_round_trip(serving: Serving) -> None:
    long = history(dict.fromkeys(range(1, 2 * CHUNK + 2), 8))
    serving.fold_in(long, ranked(20, next_offset=1))
    active = serving.publish(1, ranked(30), snapshot=1)

    found = serving.reader.look_up(USER, active)

    assert found.history == long
    assert serving.client.asked == ["pipeline", "mget"]


def test_a_version_that_is_gone_is_told_by_the_newer_pointer(serving: Serving) -> None:
    held = serving.publish(1, ranked(30), snapshot=1)
    newer = serving.publish(2, ranked(40), snapshot=1)
    serving.prune(kept=2)

    found = serving.reader.look_up(USER, held)

    assert found.active == newer
    assert found.ranked is not None
    assert found.ranked.movies.tolist() == [40]


def test_a_reader_that_holds_no_pointer_finds_it(serving: Serving) -> None:
    active = serving.publish(1, ranked(30), snapshot=1)

    assert serving.reader.look_up(USER, None).active == active


def test_a_user_without_any_list_has_a_history(serving: Serving) -> None:
    serving.fold_in(history({10: 1}), None)
    active = serving.publish(1, None, snapshot=1)

    found = serving.reader.look_up(USER, active)

    assert (found.history, found.ranked) == (history({10: 1}), None)


def test_a_damaged_list_is_refused(serving: Serving, client: Client, keys: Keys) -> None:
    serving.fold_in(history({10: 8}), ranked(20, next_offset=1))
    client.setrange(keys.foldin(P, USER), 5, b"\xff")

    with pytest.raises(CorruptValue):
        serving.reader.look_up(USER, None)


def test_the_popular_list_is_that_of_the_active_version(serving: Serving) -> None:
    active = serving.publish(1, None, snapshot=1)

    popular = serving.reader.popular(active)

    assert popular is not None
    assert popular.movies.tolist() == [10, 20, 30]


def test_a_genre_has_popular_movies_of_its_own(serving: Serving) -> None:
    active = serving.publish(1, None, snapshot=1)

    dramas = serving.reader.popular(active, "Drama")

    assert dramas is not None
    assert dramas.movies.tolist() == [20]
    assert serving.reader.popular(active, "Western") is None


def test_similar_movies_are_those_of_the_active_version(serving: Serving) -> None:
    serving.publish(1, None, snapshot=1)
    active = serving.publish(2, None, snapshot=1)

    similar = serving.reader.similar(active, 10)

    assert similar is not None
    assert (similar.version, similar.movies.tolist(), similar.cosines.tolist()) == (2, [20], [1.0])
    assert serving.reader.similar(active, 999) is None


def test_without_a_recorded_topic_nobody_has_anything(client: Client, keys: Keys) -> None:
    reader = ReadingStore(client, keys)

    found = reader.look_up(USER, None)

    assert (found.history, found.ranked, reader.positions()) == (History(), None, {})
    assert reader.total(10) == Total((0,) * 10, whole=False)


def test_a_reader_learns_of_another_topic_with_the_pointer(
    serving: Serving, client: Client, keys: Keys
) -> None:
    assert len(serving.reader.positions()) == PARTITIONS
    client.delete(keys.topic())
    TopicStore(client, keys).claim(identity(6))

    serving.reader.active()

    assert len(serving.reader.positions()) == 6


def test_positions_are_those_of_all_partitions(serving: Serving) -> None:
    serving.fold_in(history({10: 8}, 3), None)

    positions = serving.reader.positions()

    assert {p: one.next_offset for p, one in positions.items()} == {
        p: 3 if p == P else 0 for p in range(PARTITIONS)
    }
    assert serving.reader.position(P) == 3


def test_a_movies_total_is_the_sum_over_partitions(
    serving: Serving, client: Client, keys: Keys
) -> None:
    for partition, count in ((0, 2), (3, 5)):
        totals = {10: (count,) + (0,) * 9}
        SpeedStore(client, keys).write(partition, Change(0, Position(1), totals=totals))

    assert serving.reader.total(10).histogram == (7,) + (0,) * 9
    assert serving.reader.total(11).histogram == (0,) * 10


STANDING = {
    "none: the store was emptied, or nobody has begun": (None, False, 0),
    "being loaded": (new_fence(), False, 0),
    "begun, and nothing was said": (0, True, 0),
    "somewhere": (12, True, 12),
}


@pytest.mark.parametrize(("reached", "whole", "position"), STANDING.values(), ids=STANDING)
def test_a_partition_is_whole_where_it_has_a_position(
    serving: Serving,
    client: Client,
    keys: Keys,
    reached: int | None,
    whole: bool,
    position: int,
) -> None:
    for partition in range(PARTITIONS):
        client.hset(keys.position(partition), "next", 5)
    client.delete(keys.position(P))
    if reached is not None:
        client.hset(keys.position(P), "next", reached)

    assert serving.reader.look_up(USER, None).whole is whole
    assert serving.reader.total(10).whole is whole
    assert serving.reader.position(P) == position


def test_who_begins_with_a_partition_of_which_nothing_is_known_makes_it_whole(
    serving: Serving, client: Client, keys: Keys
) -> None:
    SpeedStore(client, keys).begin_load(P, fence=0)

    assert serving.reader.look_up(USER, None).whole

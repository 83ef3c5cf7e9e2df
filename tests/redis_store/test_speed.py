import pytest

from contracts.histories import CHUNK, DISMISSED
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from harness.builders import history, ranked, same_list
from redis_store.connection import Client
from redis_store.partition_position import Position
from redis_store.speed import Change, PositionMoved, SpeedStore
from tests.redis_store.redis_snapshot import everything

pytestmark = pytest.mark.integration

P = 2
WHOLE = Change(
    expected=0,
    position=Position(5, 3, 1, {"json": 1}),
    histories={7: history({10: 8, 20: DISMISSED}, 5)},
    lists={7: ranked(30, 40, next_offset=5)},
    totals={10: (0,) * 7 + (1, 0, 0)},
    touched={7: 4},
    owed={8: 2},
)


@pytest.fixture
def store(client: Client, keys: Keys) -> SpeedStore:
    return SpeedStore(client, keys)


def test_a_partition_begins_at_zero(store: SpeedStore) -> None:
    assert store.position(P) == Position()


def test_what_was_written_is_read(store: SpeedStore) -> None:
    store.write(P, WHOLE)

    assert store.position(P) == WHOLE.position
    assert store.histories(P, [7]) == WHOLE.histories
    assert same_list(store.lists(P, [7])[7], WHOLE.lists[7])
    assert store.totals(P, [10]) == WHOLE.totals
    assert store.owed(P, 10) == {8: 2}


def test_partitions_do_not_see_each_other(store: SpeedStore) -> None:
    store.write(P, WHOLE)

    assert store.position(P + 1) == Position()
    assert store.totals(P + 1, [10]) == {10: (0,) * 10}


def test_strangers_have_empty_histories_and_no_lists(store: SpeedStore) -> None:
    assert store.histories(P, [1]) == {1: history({}, 0, 0)}
    assert store.lists(P, [1]) == {}


def test_a_write_on_a_moved_position_is_refused_and_changes_nothing(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    store.write(P, WHOLE)
    before = everything(client, keys)

    with pytest.raises(PositionMoved, match="is at 5, not at 0"):
        store.write(P, Change(0, Position(9), {9: history({10: 2})}, totals={10: (9,) * 10}))

    assert everything(client, keys) == before


def test_a_write_on_a_position_that_was_flushed_is_refused(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    with pytest.raises(PositionMoved, match="is at 0, not at 5"):
        store.write(P, Change(5, Position(9), {9: history({10: 2})}))

    assert everything(client, keys) == {}


def test_a_write_that_redis_cannot_take_changes_nothing(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    client.set(keys.movies(P), "no hash")
    before = everything(client, keys)

    with pytest.raises(CorruptValue, match="a value of the wrong type"):
        store.write(P, WHOLE)

    assert everything(client, keys) == before


def test_a_list_that_is_made_is_owed_no_more(store: SpeedStore) -> None:
    store.write(P, WHOLE)

    store.write(P, Change(5, WHOLE.position, lists={8: ranked(30)}))

    assert store.owed(P, 10) == {}


def test_the_newest_debts_come_first(store: SpeedStore) -> None:
    store.write(P, Change(0, Position(9), owed={1: 5, 2: 8, 3: 6}))

    assert list(store.owed(P, 2).items()) == [(2, 8), (3, 6)]


def test_a_long_history_is_written_and_read_in_chunks(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    long = history(dict.fromkeys(range(1, 2 * CHUNK + 2), 8))

    store.write(P, Change(0, Position(1), {7: long}))

    assert store.histories(P, [7]) == {7: long}
    assert client.exists(keys.rated(P, 7, 2))


def test_a_damaged_history_is_refused(store: SpeedStore, client: Client, keys: Keys) -> None:
    store.write(P, WHOLE)
    client.setrange(keys.rated(P, 7), 9, b"\xff")

    with pytest.raises(CorruptValue):
        store.histories(P, [7])


def test_an_activation_owes_lists_past_its_snapshot_and_forgets_older_debts(
    store: SpeedStore,
) -> None:
    touched = {1: 2, 2: 5, 3: 9}
    store.write(P, Change(0, Position(10), touched=touched, owed={4: 1, 5: 7}))

    store.follow_activation(P, snapshot=5, oldest_kept=0)

    assert store.owed(P, 10) == {2: 5, 3: 9, 5: 7}


def test_an_activation_keeps_who_was_touched_since_the_oldest_snapshot(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    store.write(P, Change(0, Position(10), touched={1: 2, 2: 5, 3: 9}))

    store.follow_activation(P, snapshot=9, oldest_kept=5)

    assert client.zrange(keys.touched(P), 0, -1) == [b"2", b"3"]


def test_following_an_activation_again_changes_nothing(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    store.write(P, Change(0, Position(10), touched={1: 2, 2: 5}, owed={4: 1}))
    store.follow_activation(P, 5, 2)
    before = everything(client, keys)

    store.follow_activation(P, 5, 2)

    assert everything(client, keys) == before


def test_no_history_list_or_position_ends_by_itself(
    store: SpeedStore, client: Client, keys: Keys
) -> None:
    store.write(P, WHOLE)

    assert {client.ttl(key) for key in everything(client, keys)} == {-1}

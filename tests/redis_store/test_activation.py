"""Which version is active: moved forwards and back, held, and never by an old token."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from contracts.redis_keys import Keys
from harness.builders import AT_MS
from redis_store.connection import Client
from redis_store.versions import StaleToken, VersionStore
from tests.redis_store.published_versions import activate, publish
from tests.redis_store.redis_snapshot import everything

pytestmark = pytest.mark.integration


@pytest.fixture
def store(client: Client, keys: Keys) -> VersionStore:
    return VersionStore(client, keys)


def test_nothing_is_active_in_the_beginning(store: VersionStore) -> None:
    assert store.active() is None


def test_a_published_version_is_not_active(store: VersionStore) -> None:
    publish(store, 1)

    assert store.active() is None


def test_an_activation_moves_the_pointer(store: VersionStore) -> None:
    store.activate(3, {0: 5, 1: 7}, 3, AT_MS)

    active = store.active()
    assert active is not None
    assert (active.activation, active.version, active.previous) == (1, 3, None)
    assert active.snapshot == active.oldest_snapshot == {0: 5, 1: 7}
    assert active.activated_at_ms == AT_MS


@pytest.mark.parametrize("held", [True, False])
def test_the_pointer_says_whether_its_version_is_held(store: VersionStore, held: bool) -> None:
    activate(store, 1, 5)
    store.activate(2, {0: 5}, 2, AT_MS, held=held)

    active = store.active()
    assert active
    assert active.held is held


def test_a_hold_is_marked_and_ended_without_another_activation(store: VersionStore) -> None:
    activate(store, 1, 5)
    before = store.active()

    store.mark_held(True)
    held = store.active()
    store.mark_held(False)

    assert held
    assert held.held
    assert replace(held, held=False) == before == store.active()


def test_where_nothing_is_active_nothing_is_marked(store: VersionStore) -> None:
    store.mark_held(True)

    assert store.active() is None


def test_a_pointer_of_before_there_were_holds_is_not_held(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    activate(store, 1, 5)
    client.hdel(keys.active(), "held")

    active = store.active()
    assert active
    assert not active.held


def test_the_version_before_stays_the_previous_one(store: VersionStore) -> None:
    activate(store, 1, 5)
    activate(store, 2, 9)

    active = store.active()
    assert active is not None
    assert (active.activation, active.version, active.previous) == (2, 2, 1)
    assert (active.snapshot, active.oldest_snapshot) == ({0: 9}, {0: 5})


def test_a_rollback_is_a_new_activation_of_the_older_version(store: VersionStore) -> None:
    activate(store, 1, 5)
    activate(store, 2, 9)
    activate(store, 1, 5, token=3)

    active = store.active()
    assert active is not None
    assert (active.activation, active.version, active.previous) == (3, 1, 2)
    assert (active.snapshot, active.oldest_snapshot) == ({0: 5}, {0: 5})


@pytest.mark.parametrize("token", [4, 5])
def test_a_stale_token_is_refused_and_changes_nothing(
    store: VersionStore, client: Client, keys: Keys, token: int
) -> None:
    activate(store, 1, 5, token=5)
    before = everything(client, keys)

    with pytest.raises(StaleToken, match="the newest is 5"):
        activate(store, 2, 9, token=token)

    assert everything(client, keys) == before


def test_a_token_is_greater_than_all_before(store: VersionStore) -> None:
    activate(store, 1, 5, token=7)

    tokens = [store.next_token(above=0), store.next_token(above=20), store.next_token(above=3)]

    assert tokens == [8, 21, 22]


def test_no_token_is_handed_out_twice(client: Client, keys: Keys) -> None:
    def hand_out(_: int) -> int:
        return VersionStore(client, keys).next_token(above=5)

    with ThreadPoolExecutor(8) as many:
        tokens = list(many.map(hand_out, range(200)))

    assert sorted(tokens) == list(range(6, 206))

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from contracts.histories import CorruptValue
from contracts.keys import Keys
from contracts.lists import pack
from contracts.neighbours import pack as pack_neighbours
from contracts.store.connection import Client, set_all
from contracts.store.versions import BATCH, BATCH_BYTES, NoActiveModel, StaleToken, VersionStore
from tests.builders import AT_MS, made, model, ranked
from tests.contracts.store.snapshots import everything

pytestmark = pytest.mark.integration

LISTS = {(2, 7): ranked(10, 20), (3, 8): ranked(30)}


@pytest.fixture
def store(client: Client, keys: Keys) -> VersionStore:
    return VersionStore(client, keys)


def publish(store: VersionStore, *versions: int) -> None:
    for version in versions:
        store.publish(model(seed=version), made(version, LISTS))


def versioned(client: Client, keys: Keys) -> list[str]:
    patterns = keys.all_versioned()
    return [key.decode() for pattern in patterns for key in client.scan_iter(pattern)]


def activate(store: VersionStore, version: int, end: int, token: int | None = None) -> None:
    store.activate(version, {0: end}, version if token is None else token, AT_MS)


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

    with pytest.raises(StaleToken, match="5 has activated"):
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


def test_a_model_is_read_as_it_was_published(store: VersionStore) -> None:
    publish(store, 1)

    found, wanted = store.model(1), model(seed=1)

    assert (found.mean, found.parameters) == (wanted.mean, wanted.parameters)
    assert all(np.array_equal(a, found.arrays()[name]) for name, a in wanted.arrays().items())


def test_a_large_model_is_published_in_values_of_at_most_64_kib(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    large = model(movies=3000, rank=32)

    store.publish(large, made(1))

    assert max(map(client.strlen, client.scan_iter(f"{keys.prefix}factors:*"))) <= 65_536
    assert np.array_equal(store.model(1).factors, large.factors)


def test_no_command_is_long_for_redis(store: VersionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def noted(client: Client, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        sizes.append(sum(map(len, values)))
        set_all(client, keys, values)

    monkeypatch.setattr("contracts.store.versions.set_all", noted)
    store.publish(model(movies=10_000, rank=32), made(1))

    assert sum(sizes) > 2 * BATCH_BYTES
    assert max(sizes) <= BATCH_BYTES


def test_lists_are_published_as_packed(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 4)

    one = made(4, LISTS)
    rows = {user: pack(one.lists.row(row)) for row, user in enumerate(one.lists.users.tolist())}
    assert client.get(keys.listed(4, 2, 7)) == rows[7]
    assert client.get(keys.listed(4, 3, 8)) == rows[8]
    assert client.get(keys.popular(4)) == pack(one.popular)
    assert client.get(keys.popular(4, "Drama")) == pack(one.by_genre["Drama"])
    assert client.get(keys.similar(4, 20)) == pack_neighbours(one.similar[20])


def test_a_version_of_many_lists_is_published_whole(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    many = made(1, {(user % 3, user): ranked(*range(1, 2 + user % 2)) for user in range(2 * BATCH)})

    store.publish(model(), many)

    found = {key: client.get(key) for key in client.scan_iter(f"{keys.prefix}list:*")}
    assert found == {
        keys.listed(1, user % 3, user).encode(): pack(many.lists.row(user))
        for user in range(2 * BATCH)
    }


def test_a_published_version_is_held(store: VersionStore) -> None:
    publish(store, 1, 12)

    assert store.holds(1)
    assert not store.holds(2)


@pytest.mark.parametrize(
    "lost",
    [
        lambda keys: keys.listed(1, 2, 7),
        lambda keys: keys.factors(1, "factors", 0),
        lambda keys: keys.popular(1),
        lambda keys: keys.popular(1, "Drama"),
        lambda keys: keys.similar(1, 10),
        lambda keys: keys.manifest(1),
    ],
)
def test_a_version_that_lost_a_key_is_not_held(
    store: VersionStore, client: Client, keys: Keys, lost: Callable[[Keys], str]
) -> None:
    publish(store, 1)

    assert client.delete(lost(keys))

    assert not store.holds(1)


def test_a_value_that_is_read_back_otherwise_is_refused(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    class Forgetful(VersionStore):
        """A store whose Redis loses a key right after it was written."""

        def _verify(self, *written: Sequence[bytes]) -> None:
            client.delete(keys.popular(1))
            super()._verify(*written)

    with pytest.raises(CorruptValue, match="1 values differ"):
        publish(Forgetful(client, keys), 1)


def test_a_version_that_was_never_published_has_no_model(store: VersionStore) -> None:
    with pytest.raises(NoActiveModel):
        store.model(9)


def test_a_model_with_parameters_of_another_release_is_none(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    publish(store, 1)
    client.hset(keys.manifest(1), "parameters", '{"confidence": 4.0}')

    with pytest.raises(NoActiveModel, match="another release"):
        store.model(1)


def test_a_damaged_array_is_refused(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)
    client.setrange(keys.factors(1, "factors", 0), 200, b"\xff\x00\xff")

    with pytest.raises(CorruptValue):
        store.model(1)


def test_a_lost_array_is_told(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)
    client.delete(keys.factors(1, "biases", 0))

    with pytest.raises(NoActiveModel, match="biases"):
        store.model(1)


def test_pruning_keeps_the_active_and_the_previous_version(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    publish(store, 1, 2, 3)
    activate(store, 1, 5)

    store.prune({2, 3, None})

    kept = {keys.version_of(key) for key in versioned(client, keys)}
    assert kept == {2, 3}
    assert store.model(2).parameters == store.model(3).parameters
    with pytest.raises(NoActiveModel):
        store.model(1)
    assert client.exists(keys.active())


def test_pruning_leaves_what_has_no_version(
    store: VersionStore, client: Client, keys: Keys
) -> None:
    names = (keys.rated(1, 1), keys.foldin(1, 1), keys.position(1), keys.token())
    for name in names:
        client.set(name, "1")

    store.prune(set())

    assert client.exists(*names) == len(names)


def test_no_published_value_ends_by_itself(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)
    activate(store, 1, 5)

    assert {client.ttl(key) for key in everything(client, keys)} == {-1}


def test_pruning_begins_with_the_manifests(store: VersionStore, client: Client, keys: Keys) -> None:
    publish(store, 1)

    class Killed(Exception):
        pass

    class Dying:
        """A client that dies at the second unlink."""

        unlinked = 0

        def __getattr__(self, name: str) -> object:
            return getattr(client, name)

        def unlink(self, *names: bytes) -> None:
            if self.unlinked:
                raise Killed
            self.unlinked = client.unlink(*names)

    with pytest.raises(Killed):
        VersionStore(Dying(), keys).prune(set())

    assert client.exists(keys.listed(1, 2, 7))
    assert not store.holds(1)

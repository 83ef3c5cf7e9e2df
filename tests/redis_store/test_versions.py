"""What is published with a version: whole, verified, kept until it is pruned."""

from collections.abc import Callable, Sequence

import pytest

from contracts.ranked_lists import pack
from contracts.redis_keys import Keys
from contracts.similar_movies import pack as pack_neighbours
from contracts.stored_value_checks import CorruptValue
from harness.builders import made, model, ranked
from redis_store.connection import Client, set_all
from redis_store.model_codec import NoActiveModel
from redis_store.versions import BATCH, BATCH_BYTES, VersionStore
from tests.redis_store.published_versions import LISTS, activate, publish
from tests.redis_store.redis_snapshot import everything

pytestmark = pytest.mark.integration


@pytest.fixture
def store(client: Client, keys: Keys) -> VersionStore:
    return VersionStore(client, keys)


def versioned(client: Client, keys: Keys) -> list[str]:
    patterns = keys.all_versioned()
    return [key.decode() for pattern in patterns for key in client.scan_iter(pattern)]


def test_no_command_is_long_for_redis(store: VersionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def noted(client: Client, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        sizes.append(sum(map(len, values)))
        set_all(client, keys, values)

    monkeypatch.setattr("redis_store.versions.set_all", noted)
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

import pytest

from contracts.process_status import (
    ApiStatus,
    BatchStatus,
    QueryStatus,
    SpeedStatus,
    StreamingStatus,
)
from contracts.redis_keys import Keys
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import Client
from redis_store.status import STORIES_KEPT, WORKER_KEPT_S, ListChange, StatusStore

pytestmark = pytest.mark.integration


def list_change(number: int) -> ListChange:
    return ListChange(number, 10, 8, 40, gained=(20,), lost=(30, 40))


@pytest.fixture
def store(client: Client, keys: Keys) -> StatusStore:
    return StatusStore(client, keys)


def test_a_process_that_never_spoke_says_nothing(store: StatusStore) -> None:
    assert store.read(StreamingStatus) == StreamingStatus()


def test_what_a_process_says_replaces_what_it_said(store: StatusStore) -> None:
    store.write(BatchStatus(1, training="learning"))
    store.write(BatchStatus(2))

    assert store.read(BatchStatus) == BatchStatus(2)


def test_what_is_damaged_is_named_by_its_key(
    store: StatusStore, client: Client, keys: Keys
) -> None:
    client.hset(keys.status("api"), "accepted", "4_1")

    with pytest.raises(CorruptValue, match=f"{keys.status('api')}: '4_1'"):
        store.read(ApiStatus)


def test_counts_go_on_from_those_that_are_kept(store: StatusStore) -> None:
    store.add_fresh({(0, 3): 1, (1, 3): 7})

    store.add_fresh({(0, 3): 1})

    assert store.read(SpeedStatus) == SpeedStatus(fresh={(0, 3): 2, (1, 3): 7})


def test_counts_begin_anew_where_they_are_damaged(
    store: StatusStore, client: Client, keys: Keys
) -> None:
    client.hset(keys.status("speed"), mapping={"fresh:0:3": "x", "fresh:1:3": 7})

    store.add_fresh({(0, 3): 1})

    assert store.read(SpeedStatus) == SpeedStatus(fresh={(0, 3): 1})


def test_each_worker_has_a_status_of_its_own(store: StatusStore) -> None:
    store.write_worker("one", SpeedStatus(2000, behind={0: 5, 1: 0}))
    store.write_worker("other", SpeedStatus(1000, behind={2: 0}))
    store.write_worker("one", SpeedStatus(3000, behind={0: 4}))

    assert list(store.workers().items()) == [
        ("other", SpeedStatus(1000, behind={2: 0})),
        ("one", SpeedStatus(3000, behind={0: 4})),
    ]


def test_a_worker_that_has_ended_is_forgotten(store: StatusStore) -> None:
    store.write_worker("one", SpeedStatus(1000))

    store.forget_worker("one")

    assert store.workers() == {}


def test_a_worker_that_has_been_silent_for_long_is_forgotten(
    store: StatusStore, client: Client, keys: Keys
) -> None:
    store.write_worker("one", SpeedStatus(1000))
    store.write_worker("other", SpeedStatus(1000 + WORKER_KEPT_S * 1000))

    assert store.workers().keys() == {"other"}
    assert 0 < client.ttl(keys.status("speed:one")) <= WORKER_KEPT_S


def test_a_query_keeps_what_it_does_not_tell_anew(store: StatusStore) -> None:
    store.write_query(QueryStatus("log", 1000, 5, batch=7, rows=50))
    store.write_query(QueryStatus("log", 2000, 0))

    assert store.query("log") == QueryStatus("log", 2000, 0, batch=7, rows=50)


def test_a_query_that_never_spoke_has_no_status(store: StatusStore) -> None:
    assert store.query("log") is None


def test_stories_after_an_id_come_oldest_first(store: StatusStore) -> None:
    for number in (1, 2, 3):
        store.add_list_change(list_change(number))
    (first_id, _), *_ = store.list_changes_after("0")

    assert [one for _, one in store.list_changes_after(first_id)] == [
        list_change(2),
        list_change(3),
    ]


def test_the_newest_story_is_found_without_an_id(store: StatusStore) -> None:
    store.add_list_change(list_change(1))
    store.add_list_change(list_change(2))

    assert [one for _, one in store.list_changes_after("$")] == [list_change(2)]


def test_nobody_has_told_anything_in_the_beginning(store: StatusStore) -> None:
    assert store.list_changes_after("$") == store.list_changes_after("0") == []


def test_what_is_no_story_is_deleted_and_the_others_are_kept(
    store: StatusStore, client: Client, keys: Keys
) -> None:
    store.add_list_change(list_change(1))
    client.xadd(keys.stories(), {"other": "shape"})
    store.add_list_change(list_change(2))

    store.drop_damaged_stories()

    assert [one for _, one in store.list_changes_after("0")] == [list_change(1), list_change(2)]


def test_stories_of_another_type_are_deleted(
    store: StatusStore, client: Client, keys: Keys
) -> None:
    client.set(keys.stories(), "none")

    store.drop_damaged_stories()

    assert store.list_changes_after("0") == []


def test_only_the_newest_stories_are_kept(store: StatusStore, client: Client, keys: Keys) -> None:
    for number in range(STORIES_KEPT + 200):
        store.add_list_change(list_change(number))

    assert client.xlen(keys.stories()) < STORIES_KEPT + 200

import pytest

from contracts.keys import Keys
from contracts.store.connection import Client
from contracts.store.status import STORIES_KEPT, QueryStatus, StatusStore, Story

pytestmark = pytest.mark.integration


def story(number: int) -> Story:
    return Story(number, 10, 8, 40, gained=(20,), lost=(30, 40))


@pytest.fixture
def store(client: Client, keys: Keys) -> StatusStore:
    return StatusStore(client, keys)


def test_a_process_that_never_spoke_has_no_status(store: StatusStore) -> None:
    assert store.read("speed") == {}


def test_fields_are_kept_until_they_are_said_anew(store: StatusStore) -> None:
    store.write("speed", {"behind": 5, "heartbeat_ms": 1})
    store.write("speed", {"behind": 0})

    assert store.read("speed") == {"behind": "0", "heartbeat_ms": "1"}


def test_a_query_keeps_what_it_does_not_tell_anew(store: StatusStore) -> None:
    store.write_query(QueryStatus("log", 1000, 5, batch=7, rows=50))
    store.write_query(QueryStatus("log", 2000, 0))

    assert store.query("log") == QueryStatus("log", 2000, 0, batch=7, rows=50)


def test_a_query_that_never_spoke_has_no_status(store: StatusStore) -> None:
    assert store.query("log") is None


def test_a_clock_that_was_put_back_makes_nobody_stand(store: StatusStore) -> None:
    assert QueryStatus("log", 2000, 0).stands_s(1000) == 0


def test_stories_after_an_id_come_oldest_first(store: StatusStore) -> None:
    for number in (1, 2, 3):
        store.tell(story(number))
    (first_id, _), *_ = store.stories_after("0")

    assert [one for _, one in store.stories_after(first_id)] == [story(2), story(3)]


def test_the_newest_story_is_found_without_an_id(store: StatusStore) -> None:
    store.tell(story(1))
    store.tell(story(2))

    assert [one for _, one in store.stories_after("$")] == [story(2)]


def test_nobody_has_told_anything_in_the_beginning(store: StatusStore) -> None:
    assert store.stories_after("$") == store.stories_after("0") == []


def test_only_the_newest_stories_are_kept(store: StatusStore, client: Client, keys: Keys) -> None:
    for number in range(STORIES_KEPT + 200):
        store.tell(story(number))

    assert client.xlen(keys.stories()) < STORIES_KEPT + 200

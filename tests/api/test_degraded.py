"""Every route that asks the store, with the store away: from memory and labelled, or a 503."""

import pytest

from api.app import create_app
from api.list_lookup import POINTER_HELD_S
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import NoAnswer, StoreError
from tests.api.builders import active, ranked
from tests.api.client import ask_app
from tests.api.fakes import FakeReader, World

RECALLED = [
    "/users/7/recommendations",
    "/popular",
    "/movies/1",
    "/trending",
    "/trending?by=genre",
    "/activity",
]
NEEDS_NO_MEMORY = ["/users/7/recommendations", "/popular"]
PERSONAL = ["/users/7/ratings"]
ASKS_NOTHING = ["/movies?search=a", "/personas", "/start", "/health/live", "/"]
AWAY = [StoreError("away"), NoAnswer("away"), CorruptValue("cut")]


def world() -> World:
    return World(FakeReader(active(), lists={7: ranked(2)}, published=ranked(3, 1)))


def fail(one: World, trouble: Exception) -> None:
    """Let everything fail that is asked of the store, once what is held for a second is old."""
    one.time.sleep(POINTER_HELD_S)
    one.reader.trouble = one.trends.trouble = trouble


@pytest.mark.parametrize("trouble", AWAY, ids=type)
@pytest.mark.parametrize("path", RECALLED)
def test_what_was_read_before_is_answered_again_and_labelled(path: str, trouble: Exception) -> None:
    one = world()
    app = create_app(one.services())
    before = ask_app(app, "GET", path).json()
    fail(one, trouble)

    after = ask_app(app, "GET", path)

    assert (before["degraded"], after.status_code, after.json()["degraded"]) == (False, 200, True)


@pytest.mark.parametrize("path", RECALLED + PERSONAL)
def test_what_was_never_read_is_answered_or_a_503_that_says_when_to_come_back(path: str) -> None:
    one = world()
    fail(one, NoAnswer("away"))

    answer = ask_app(create_app(one.services()), "GET", path)

    if path in NEEDS_NO_MEMORY:
        assert answer.json()["degraded"] is True
    else:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize("path", PERSONAL)
def test_what_is_one_persons_is_not_answered_from_memory(path: str) -> None:
    one = world()
    app = create_app(one.services())
    assert ask_app(app, "GET", path).status_code == 200
    fail(one, NoAnswer("away"))

    assert ask_app(app, "GET", path).status_code == 503


@pytest.mark.parametrize("path", ASKS_NOTHING)
def test_the_others_do_not_notice(path: str) -> None:
    one = world()
    fail(one, NoAnswer("away"))

    assert ask_app(create_app(one.services()), "GET", path).status_code == 200


def test_every_route_that_reads_is_in_this_table() -> None:
    told = {path.partition("?")[0] for path in RECALLED + PERSONAL + ASKS_NOTHING}
    paths = create_app(world().services()).openapi()["paths"]
    reading = {path for path, methods in paths.items() if "get" in methods}
    known = {path.format(user_id=7, movie_id=1) for path in reading}

    assert known - told == {"/live", "/health/ready"}


@pytest.mark.parametrize("path", ["/users/7/recommendations", "/users/7/ratings", "/movies/1"])
def test_what_a_store_holds_that_was_emptied_is_labelled_until_it_is_loaded(path: str) -> None:
    one = world()
    app = create_app(one.services())
    degraded = []
    for whole in (True, False, True):
        one.reader.whole = whole
        degraded.append(ask_app(app, "GET", path).json()["degraded"])

    assert degraded == [False, True, False]

"""Which list a person gets, and how it is labelled."""

import numpy as np
import pytest

from api.app import create_app
from contracts.histories import DISMISSED, RETRACTED, CorruptValue
from contracts.store.connection import StoreError
from tests.api.builders import active, history, ranked
from tests.api.client import ask_app, get, shown
from tests.api.fakes import CATALOGUE, FakeReader, FakeSource, World

BY_LIKES = [3, 1, 2, 4, 5]


def recommended(world: World) -> dict[str, object]:
    """The answer to user 7."""
    answer: dict[str, object] = get(world, "/users/7/recommendations")
    return answer


def test_a_stranger_gets_the_popular_movies_labelled_so() -> None:
    answer = recommended(World())

    assert (answer["source"], answer["model_version"], answer["degraded"]) == (
        "popular",
        None,
        False,
    )
    assert shown(World(), 7) == BY_LIKES


def test_the_active_list_is_shown_with_its_version() -> None:
    world = World(FakeReader(active(), lists={7: ranked(2, 4)}))

    answer = recommended(world)

    assert (answer["source"], answer["model_version"], answer["stale"]) == ("batch", 3, False)
    assert answer["generated_at"] == "2027-01-15T07:59:55.000Z"
    assert answer["events_through"] == "2027-01-15T07:59:54.000Z"
    assert answer["items"] == [
        {
            "movie_id": 2,
            "title": "Aliens",
            "year": 1986,
            "genres": ["Action", "Sci-Fi"],
            "score": 2.0,
            "predicted_stars": 4.2,
        },
        {
            "movie_id": 4,
            "title": "Speed",
            "year": 1994,
            "genres": ["Action"],
            "score": 1.0,
            "predicted_stars": None,
        },
    ]


def test_a_folded_in_list_past_the_snapshot_wins_and_keeps_its_own_version() -> None:
    folded = ranked(4, version=2, next_offset=11)
    world = World(FakeReader(active(), foldins={7: folded}, lists={7: ranked(2)}))

    answer = recommended(world)

    assert (answer["source"], answer["model_version"]) == ("fold_in", 2)


def test_a_list_that_lacks_the_newest_event_is_stale() -> None:
    histories = {7: history({1: 8}, next_offset=12)}
    world = World(FakeReader(active(), histories, lists={7: ranked(2)}))

    assert recommended(world)["stale"] is True


@pytest.mark.parametrize("state", [1, 10, DISMISSED])
def test_what_was_rated_or_dismissed_is_masked(state: int) -> None:
    histories = {7: history({2: state})}
    world = World(FakeReader(active(), histories, lists={7: ranked(2, 4)}))

    assert shown(world, 7) == [4]


def test_what_was_taken_back_may_be_shown_again() -> None:
    histories = {7: history({2: RETRACTED})}
    world = World(FakeReader(active(), histories, lists={7: ranked(2, 4)}))

    assert shown(world, 7) == [2, 4]


def test_the_fallback_is_masked_too() -> None:
    world = World(FakeReader(histories={7: history({3: 1, 1: 2})}))

    assert shown(world, 7) == [2, 4, 5]


def test_the_published_popular_movies_come_before_the_catalogues() -> None:
    published = ranked(5, 4, 3, 2, 1)
    world = World(FakeReader(active(), published=published))

    answer = recommended(world)

    assert (answer["source"], answer["model_version"]) == ("popular", 3)
    assert shown(world, 7) == [5, 4, 3, 2, 1]


def test_a_list_masked_to_nothing_falls_back() -> None:
    world = World(FakeReader(active(), {7: history({2: 8})}, lists={7: ranked(2)}))

    assert recommended(world)["source"] == "popular"


def test_a_score_that_is_no_number_is_left_out() -> None:
    broken = ranked(2, 4)
    broken.scores[0] = np.nan
    world = World(FakeReader(active(), lists={7: broken}))

    assert shown(world, 7) == [4]


@pytest.mark.parametrize("trouble", [StoreError("away"), CorruptValue("cut")])
def test_store_trouble_degrades_to_the_catalogue(trouble: Exception) -> None:
    answer = recommended(World(FakeReader(trouble=trouble)))

    assert (answer["source"], answer["degraded"]) == ("popular", True)
    assert shown(World(FakeReader(trouble=trouble)), 7) == BY_LIKES


def test_a_store_that_is_away_is_left_alone_for_a_moment_then_asked_again() -> None:
    world = World(FakeReader(active(), lists={7: ranked(2)}, trouble=StoreError("away")))
    app = create_app(world.services())
    ask_app(app, "GET", "/users/7/recommendations")
    asked, world.reader.trouble = world.reader.asked, None

    degraded = ask_app(app, "GET", "/users/7/recommendations").json()["degraded"]
    world_asked = world.reader.asked
    world.time.sleep(1)
    recovered = ask_app(app, "GET", "/users/7/recommendations").json()["degraded"]

    assert (degraded, world_asked, recovered) == (True, asked, False)


def test_the_pointer_is_held_for_a_second_then_read_again() -> None:
    folded = ranked(4, next_offset=11)
    world = World(FakeReader(active(), foldins={7: folded}, lists={7: ranked(2)}))
    app = create_app(world.services())
    sources = []
    for pause in (0, 0.9, 0.1):
        world.time.sleep(pause)
        sources.append(ask_app(app, "GET", "/users/7/recommendations").json()["source"])
        world.reader.pointer = active(4, snapshot=20, activation=2)

    assert sources == ["fold_in", "fold_in", "batch"]


def test_before_there_is_a_catalogue_the_answer_is_empty_and_says_why() -> None:
    answer = recommended(World(source=FakeSource(None)))

    assert (answer["items"], answer["note"]) == ([], "the catalogue is not there yet")


def test_an_empty_catalogue_of_the_store_is_replaced_when_one_appears() -> None:
    world = World(source=FakeSource(None))
    services = world.services()
    world.source.catalogue = CATALOGUE

    services.shelves.refresh()

    assert len(services.shelves.shelf) == 5

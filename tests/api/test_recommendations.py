"""Which list a person gets, and how it is labelled."""

from dataclasses import replace

import numpy as np
import pytest

from api.app import create_app
from contracts.histories import DISMISSED, RETRACTED
from contracts.stored_value_checks import CorruptValue
from redis_store.connection import NoAnswer, StoreError
from tests.api.builders import active, history, ranked
from tests.api.client import ask_app, get, listed_movies
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
    assert listed_movies(World(), 7) == BY_LIKES


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

    assert listed_movies(world, 7) == [4]


def test_what_was_taken_back_may_be_shown_again() -> None:
    histories = {7: history({2: RETRACTED})}
    world = World(FakeReader(active(), histories, lists={7: ranked(2, 4)}))

    assert listed_movies(world, 7) == [2, 4]


def test_the_fallback_is_masked_too() -> None:
    world = World(FakeReader(histories={7: history({3: 1, 1: 2})}))

    assert listed_movies(world, 7) == [2, 4, 5]


def test_the_published_popular_movies_come_before_the_catalogues() -> None:
    published = ranked(5, 4, 3, 2, 1)
    world = World(FakeReader(active(), published=published))

    answer = recommended(world)

    assert (answer["source"], answer["model_version"]) == ("popular", 3)
    assert listed_movies(world, 7) == [5, 4, 3, 2, 1]


def test_a_list_masked_to_nothing_falls_back() -> None:
    world = World(FakeReader(active(), {7: history({2: 8})}, lists={7: ranked(2)}))

    assert recommended(world)["source"] == "popular"


STRANGE = 777_777
"""A movie that the catalogue does not know."""


@pytest.mark.parametrize(
    "reader",
    [
        FakeReader(active(), foldins={7: ranked(STRANGE, 4, next_offset=11)}),
        FakeReader(active(), lists={7: ranked(STRANGE, 4)}),
        FakeReader(active(), {7: history({1: 8, 2: 8, 3: 8, 5: 8})}, published=ranked(STRANGE, 4)),
    ],
    ids=["folded in", "of the batch", "popular"],
)
def test_a_movie_that_nobody_knows_is_not_recommended(reader: FakeReader) -> None:
    assert listed_movies(World(reader), 7) == [4]


def test_without_a_catalogue_every_movie_may_be_one() -> None:
    world = World(FakeReader(active(), lists={7: ranked(STRANGE)}), source=FakeSource(None))

    assert listed_movies(world, 7) == [STRANGE]


@pytest.mark.parametrize("left", [0, 2])
def test_who_has_rated_all_movies_but_few_is_told_so(left: int) -> None:
    rated = dict.fromkeys(BY_LIKES[left:], 8)
    world = World(FakeReader(active(), {7: history(rated)}, lists={7: ranked(STRANGE)}))

    answer = recommended(world)

    assert listed_movies(world, 7) == BY_LIKES[:left]
    assert answer["note"] == "every movie has already been rated or dismissed"


def test_who_has_movies_left_is_told_nothing() -> None:
    world = World(FakeReader(active(), lists={7: ranked(1, 2)}))

    assert recommended(world)["note"] is None


def test_a_score_that_is_no_number_is_left_out() -> None:
    broken = ranked(2, 4)
    broken.scores[0] = np.nan
    world = World(FakeReader(active(), lists={7: broken}))

    assert listed_movies(world, 7) == [4]


@pytest.mark.parametrize("trouble", [StoreError("away"), CorruptValue("cut")])
def test_store_trouble_degrades_to_the_catalogue(trouble: Exception) -> None:
    answer = recommended(World(FakeReader(trouble=trouble)))

    assert (answer["source"], answer["degraded"]) == ("popular", True)
    assert listed_movies(World(FakeReader(trouble=trouble)), 7) == BY_LIKES


LISTS = {
    "folded in": FakeReader(active(), foldins={7: ranked(4, next_offset=11)}),
    "of the batch": FakeReader(active(), lists={7: ranked(2)}),
    "published as popular": FakeReader(active(), published=ranked(5, 4, 3, 2, 1)),
    "popular by the catalogue": FakeReader(),
}


@pytest.mark.parametrize("reader", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("whole", [True, False])
def test_nothing_is_confirmed_of_a_partition_that_is_not_whole(
    reader: FakeReader, whole: bool
) -> None:
    answer = recommended(World(replace(reader, whole=whole)))

    assert answer["degraded"] is not whole


def test_a_store_that_was_away_is_asked_again_once_it_is_back() -> None:
    world = World(FakeReader(active(), lists={7: ranked(2)}, trouble=NoAnswer("away")))
    app = create_app(world.services())
    away = ask_app(app, "GET", "/users/7/recommendations").json()
    world.reader.trouble = None

    app.state.dependencies.breaker.listen()

    back = ask_app(app, "GET", "/users/7/recommendations").json()
    assert (away["degraded"], back["degraded"], back["source"]) == (True, False, "batch")


def test_without_the_store_a_stranger_gets_the_popular_movies_that_it_last_knew() -> None:
    world = World(FakeReader(active(), published=ranked(5, 4, 3, 2, 1)))
    app = create_app(world.services())
    ask_app(app, "GET", "/users/7/recommendations")
    world.reader.trouble = NoAnswer("away")

    answer = ask_app(app, "GET", "/users/7/recommendations").json()

    assert (answer["degraded"], answer["model_version"]) == (True, 3)
    assert [item["movie_id"] for item in answer["items"]] == [5, 4, 3, 2, 1]


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

    assert (answer["items"], answer["note"]) == ([], "the catalogue is not available yet")


def test_an_empty_catalogue_of_the_store_is_replaced_when_one_appears() -> None:
    world = World(source=FakeSource(None))
    services = world.services()
    world.source.catalogue = CATALOGUE

    services.catalogue.refresh()

    assert len(services.catalogue.index) == 5

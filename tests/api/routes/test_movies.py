"""Routes about movies."""

import pytest

from contracts.catalogue import Catalogue, Person, Persona
from redis_store.connection import StoreError
from tests.api.builders import active, ranked
from tests.api.client import ask, get
from tests.api.fakes import FakeReader, FakeSource, World


def titles(world: World, path: str) -> list[str]:
    """The titles in an answer."""
    return [item["title"] for item in get(world, path)["items"]]


def test_popular_movies_are_ordered_by_likes() -> None:
    assert titles(World(), "/popular?limit=2") == ["Amélie", "Alien"]


def test_popular_movies_can_be_of_one_genre_in_any_case() -> None:
    assert titles(World(), "/popular?genre=sci-fi") == ["Alien", "Aliens"]


def test_published_popular_movies_of_a_genre_keep_their_order() -> None:
    world = World(FakeReader(active(), published=ranked(4, 2, 1)))

    assert titles(world, "/popular?genre=Action") == ["Speed", "Aliens"]


def test_popular_movies_do_not_need_the_store() -> None:
    world = World(FakeReader(trouble=StoreError("away")))

    assert titles(world, "/popular?limit=1") == ["Amélie"]


def test_a_movie_has_links_and_its_ratings() -> None:
    world = World(FakeReader(totals={1: (1, 0, 0, 0, 0, 0, 0, 0, 0, 3)}))

    answer = get(world, "/movies/1")

    assert (answer["title"], answer["ratings"], answer["mean_stars"]) == ("Alien", 4, 3.88)
    assert answer["links"]["imdb"] == "https://www.imdb.com/title/tt0078748/"
    assert answer["histogram"] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 3]


def test_a_movie_has_tags() -> None:
    assert get(World(), "/movies/1")["tags"] == ["space"]


def test_a_movie_without_ratings_has_no_mean() -> None:
    assert get(World(), "/movies/1")["mean_stars"] is None


def test_a_movie_that_only_ratings_know_is_found() -> None:
    world = World(FakeReader(totals={77: (0,) * 9 + (1,)}))

    assert get(world, "/movies/77")["title"] == "Movie 77"


def test_a_movie_that_nobody_knows_is_a_404() -> None:
    answer = ask(World(), "GET", "/movies/77")

    assert (answer.status_code, answer.json()) == (404, {"detail": "no such movie"})


def test_a_movie_is_a_503_while_the_store_is_away() -> None:
    world = World(FakeReader(trouble=StoreError("away")))

    assert ask(world, "GET", "/movies/1").status_code == 503


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALIEN", ["Alien", "Aliens", "My Best Friend's Alien"]),
        ("amelie", ["Amélie"]),
        ("friend's a", ["My Best Friend's Alien"]),
        ("zzz", []),
    ],
)
def test_search_finds_titles_in_any_case_and_accent(text: str, expected: list[str]) -> None:
    assert titles(World(), f"/movies?search={text}") == expected


def test_search_needs_a_text() -> None:
    assert ask(World(), "GET", "/movies?search=").status_code == 422


def test_personas_are_told_by_taste() -> None:
    assert get(World(), "/personas")["items"] == [
        {
            "user_id": 7,
            "age": None,
            "sex": None,
            "occupation": None,
            "ratings": 214,
            "genres": ["Horror", "Thriller"],
            "favourites": ["Alien", "Speed"],
        }
    ]


def test_a_persona_says_who_it_is_where_the_data_set_does() -> None:
    persona = Persona(7, 214, ("Sci-Fi",), (1,), Person(7, "24", "M", "technician"))
    world = World(source=FakeSource(Catalogue([], [persona])))

    item = get(world, "/personas")["items"][0]

    assert (item["age"], item["sex"], item["occupation"]) == ("24", "M", "technician")


def test_without_a_catalogue_the_lists_are_empty_with_a_note() -> None:
    for path in ("/popular", "/movies?search=a", "/personas"):
        answer = get(World(source=FakeSource(None)), path)

        assert (answer["items"], answer["note"]) == ([], "the catalogue is not available yet")

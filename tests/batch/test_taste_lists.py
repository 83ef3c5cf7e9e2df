"""Lists for twelve tastes: what is liked, what fits, and what is not known."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from batch.taste_definitions import (
    TASTES,
    Fits,
    all_of,
    any_of,
    between,
    both,
    either,
    folded,
    found_in,
    names_of,
    none_of,
    one_of,
    tagged,
)
from batch.taste_lists import K, TastesShown, show, told
from contracts.artefact import Model
from contracts.catalogue import Catalogue, Movie
from contracts.clock import now_ms
from harness.builders import model
from movielens.rating_rows import latest_second
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from producer.build_catalogue import build

HORROR = TASTES[0]


def movie(movie_id: int, title: str, year: int | None, *genres: str, tags: str = "") -> Movie:
    return Movie(movie_id, title, year, genres, None, None, 0, tuple(tags.split()))


@pytest.fixture
def horror_and_drama() -> tuple[Model, Catalogue]:
    """Twelve horror movies, the taste's own among them, and as many dramas; factors say so."""
    own = [movie(n, *name, "Horror") for n, name in enumerate(HORROR.liked, 1)]
    more = [movie(n, f"Horror {n}", 2000, "Horror") for n in range(len(own) + 1, 13)]
    dramas = [movie(n, f"Drama {n}", None, "Drama") for n in range(13, 25)]
    made = model(movies=24, rank=2)
    factors = np.repeat(np.eye(2, dtype=np.float32), 12, axis=0)
    plain = replace(made.parameters, prior_weights=(0, 0, 0))
    movies = np.arange(1, 25, dtype=np.int32)
    values = vars(made) | {"movies": movies, "factors": factors, "parameters": plain}
    return Model(**values), Catalogue([*own, *more, *dramas], [])


def shown(given: tuple[Model, Catalogue]) -> TastesShown:
    return show(*given)


def test_a_list_for_horror_has_the_horror_that_is_left(
    horror_and_drama: tuple[Model, Catalogue],
) -> None:
    one, three, five = shown(horror_and_drama).lists

    assert [len(each.liked) for each in (one, three, five)] == [1, 3, 5]
    assert five.liked == [title for title, _ in HORROR.liked[:5]]
    assert (one.fitting, three.fitting, five.fitting) == (10, 9, 7)
    assert len(five.movies) == K
    assert not {movie.title for movie in five.movies} & set(five.liked)


def test_tastes_of_which_too_little_is_known_are_named(
    horror_and_drama: tuple[Model, Catalogue],
) -> None:
    assert shown(horror_and_drama).unknown == [taste.name for taste in TASTES[1:]]


def test_movies_that_nobody_rated_are_not_liked(
    horror_and_drama: tuple[Model, Catalogue],
) -> None:
    made, catalogue = horror_and_drama
    made.ratings[:2] = 0

    five = show(made, catalogue).lists[-1]

    assert five.liked == [title for title, _ in HORROR.liked[2:7]]


def test_text_marks_what_fits(horror_and_drama: tuple[Model, Catalogue]) -> None:
    lines = told(shown(horror_and_drama)).splitlines()

    assert lines[0] == "horror: 10 of 10 fit, after The Exorcist"
    assert f"  * {HORROR.liked[1][0]} ({HORROR.liked[1][1]})" in lines
    assert "    Drama 13" in lines
    assert lines[-1].startswith("Fewer than five known movies: westerns, ")


def test_a_movie_that_the_catalogue_does_not_know_has_its_id(
    horror_and_drama: tuple[Model, Catalogue],
) -> None:
    made, catalogue = horror_and_drama

    five = show(made, Catalogue(catalogue.movies[:-12], [])).lists[-1]

    assert five.movies[-1].title == "movie 15"


@pytest.mark.parametrize(
    ("fits", "one"),
    [
        (any_of("War", "Western"), movie(1, "A", 1990, "Drama", "War")),
        (all_of("Romance", "Comedy"), movie(1, "A", 1990, "Comedy", "Drama", "Romance")),
        (both(between(1940, 1964), none_of("Comedy")), movie(1, "A", 1964, "Crime")),
        (tagged("james bond"), Movie(1, "A", 1964, (), None, None, 0, ("James Bond",))),
        (one_of([("A", 1964)]), movie(1, "A (a.k.a. B)", 1964)),
        (either(any_of("War"), tagged("anime")), movie(1, "A", 1990, tags="anime")),
    ],
)
def test_a_rule_says_what_fits(fits: Fits, one: Movie) -> None:
    assert fits(one)
    assert not fits(movie(2, "Another", 1965, "Comedy"))
    assert not fits(movie(2, "Another", None, "Comedy"))


def test_there_are_twelve_tastes_of_at_least_five_movies() -> None:
    assert len({taste.name for taste in TASTES}) == 12
    for taste in TASTES:
        assert len(set(taste.liked)) == len(taste.liked) >= 5


def test_a_title_is_known_by_those_in_brackets_behind_it_too() -> None:
    both = movie(1, "Hidden (a.k.a. Cache) (Caché)", 2005)

    assert names_of(both) == {("hidden", 2005), ("cache", 2005), ("caché", 2005)}
    assert names_of(movie(1, "Amelie", None)) == set()


@pytest.mark.slow
def test_each_taste_likes_known_movies_of_the_release_that_fit_it(data: Path) -> None:
    release = open_release(data)
    metadata = read_metadata(release)
    movies = found_in(build(release, metadata, latest_second(now_ms())).movies)

    for taste in TASTES:
        liked = [movies[folded(name)] for name in taste.liked if folded(name) in movies]
        assert len(liked) >= 5, taste.name
        assert [one.title for one in liked[:5] if not taste.fits(one)] == [], taste.name

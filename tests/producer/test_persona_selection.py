from pathlib import Path

import pytest

from contracts.catalogue import Catalogue, Persona
from harness.builders import movielens
from movielens.release import Release, open_release
from movielens.release_metadata import read_metadata
from producer.build_catalogue import build
from producer.persona_selection import FAVOURITES, FEWEST, MOST, PERSONAS

GENRES = ("Comedy", "Drama", "Horror", "Sci-Fi", "War", "Western")
PER_GENRE = 40
MOVIES = [(n + 1, GENRES[n // PER_GENRE]) for n in range(len(GENRES) * PER_GENRE)]
T = 978_300_000
LATEST_S = 1_763_632_800


def rated(user: int, loved: str, count: int = FEWEST) -> str:
    """The lines of somebody who loves one genre and hates the rest of what they rate."""
    ordered = sorted(MOVIES, key=lambda movie: movie[1] != loved)[:count]
    return "".join(f"{user},{n},{'5.0' if g == loved else '1.0'},{T + n}\n" for n, g in ordered)


def release(folder: Path, ratings: str) -> Release:
    titles = "".join(f"{n},Movie {n} (1999),{genre}\n" for n, genre in MOVIES)
    return open_release(movielens(folder, ratings, titles))


def built(release: Release) -> Catalogue:
    return build(release, read_metadata(release), LATEST_S)


def fans(folder: Path, number: int) -> Catalogue:
    """The catalogue of so many fans, of one genre each."""
    lines = "".join(rated(n + 1, GENRES[n % len(GENRES)]) for n in range(number))
    return built(release(folder, lines))


def test_personas_lean_to_different_genres(tmp_path: Path) -> None:
    leanings = [persona.genres[0] for persona in fans(tmp_path, 12).personas]

    assert len(leanings) == len(set(leanings)) == PERSONAS


def test_a_personas_genre_is_the_one_that_the_user_loves(tmp_path: Path) -> None:
    for persona in fans(tmp_path, 12).personas:
        assert persona.genres == (GENRES[(persona.user_id - 1) % len(GENRES)],)


def test_of_users_that_lean_alike_the_first_is_a_persona(tmp_path: Path) -> None:
    lines = "".join(rated(user, GENRES[user % 2]) for user in (7, 4, 3, 2, 9))

    personas = built(release(tmp_path, lines)).personas

    assert {persona.user_id for persona in personas} == {2, 3}


def test_favourites_are_of_the_personas_genre(tmp_path: Path) -> None:
    catalogue = fans(tmp_path, 6)
    genres = {movie.movie_id: movie.genres for movie in catalogue.movies}

    for persona in catalogue.personas:
        assert len(persona.favourites) == FAVOURITES
        assert all(persona.genres[0] in genres[movie] for movie in persona.favourites)


def test_favourites_are_the_best_rated_and_the_better_known_first(tmp_path: Path) -> None:
    known = "".join(f"{user},3,4.0,{T}\n" for user in range(100, 110))
    favourite = f"1,2,5.0,{T}\n" + "".join(f"1,{n},4.5,{T}\n" for n in range(3, PER_GENRE))
    rest = "".join(f"1,{n},1.0,{T}\n" for n in range(100, 150))
    other = rated(2, "Drama")

    personas = built(release(tmp_path, favourite + known + rest + other)).personas

    assert {p.user_id: p.favourites for p in personas}[1] == (2, 3, 4)


@pytest.mark.parametrize(("count", "found"), [(FEWEST - 1, []), (FEWEST, [1])])
def test_a_user_with_few_ratings_is_no_persona(
    tmp_path: Path, count: int, found: list[int]
) -> None:
    lines = rated(1, "Drama", count) + rated(2, "War", FEWEST - 1)

    assert [p.user_id for p in built(release(tmp_path, lines)).personas] == found


@pytest.mark.parametrize(("count", "found"), [(MOST + 1, []), (MOST, [1])])
def test_a_user_who_rated_far_more_is_none_either(
    tmp_path: Path, count: int, found: list[int]
) -> None:
    more = "".join(f"1,{1000 + n},1.0,{T}\n" for n in range(count - FEWEST))
    lines = rated(1, "Drama") + more + rated(2, "War", FEWEST - 1)

    assert [p.user_id for p in built(release(tmp_path, lines)).personas] == found


def test_a_fan_of_movies_without_genres_is_no_persona(tmp_path: Path) -> None:
    rows = "".join(f"1,{n},5.0,{T}\n" for n in range(1, FEWEST + 1))
    movies = "".join(f"{n},A (1999),(no genres listed)\n" for n in range(1, FEWEST + 1))
    folder = movielens(tmp_path, rows, movies)

    assert built(open_release(folder)).personas == []


@pytest.mark.integration
def test_the_personas_of_the_real_release_stay_who_they_are(data: Path) -> None:
    assert built(open_release(data)).personas == [
        Persona(564, 157, ("Comedy", "Romance"), (1265, 1307, 88163)),
        Persona(47, 140, ("Drama", "Crime"), (3147, 112552, 47423)),
        Persona(571, 112, ("Horror", "Thriller"), (1258, 1387, 253)),
        Persona(297, 72, ("Thriller", "Crime"), (50, 1089, 6)),
        Persona(493, 61, ("Action", "Crime"), (2571, 260, 1196)),
    ]

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.catalogue import Catalogue, Person
from harness.builders import movielens
from movielens.release import open_release
from movielens.release_metadata import read_metadata
from producer.build_catalogue import build
from producer.persona_selection import FEWEST
from tests.movielens.small_releases import ml_1m, ml_10m, ml_25m, ml_100k, write
from tests.movielens.zip_builders import zipped_folder

T = 978_300_000
LATEST_S = 1_763_632_800
RELEASES = pytest.mark.parametrize("written", [ml_100k, ml_1m, ml_10m, ml_25m])


def built(path: Path) -> Catalogue:
    release = open_release(path)
    return build(release, read_metadata(release), LATEST_S)


@RELEASES
def test_every_release_has_a_catalogue(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    movies = {movie.movie_id: movie for movie in built(written(tmp_path)).movies}

    assert (movies[1].title, movies[543].title) == ("Toy Story", "Les Misérables")
    assert {number: movie.likes for number, movie in movies.items() if movie.likes} == {
        1: 1, 543: 1, 1193: 2,
    }  # fmt: skip


@RELEASES
def test_a_zip_has_the_catalogue_of_its_folder(
    tmp_path: Path, written: Callable[[Path], Path]
) -> None:
    folder = written(tmp_path / "ml")

    assert built(zipped_folder(folder)) == built(folder)


def test_tags_and_links_are_with_their_movies(tmp_path: Path) -> None:
    first, second, *_ = built(ml_25m(tmp_path)).movies

    assert (first.imdb_id, first.tmdb_id) == ("tt0114709", 862)
    assert first.tags == ("pixar", "toys, alive")
    assert (second.imdb_id, second.tmdb_id, second.tags) == ("tt0113828", None, ())


def test_people_are_as_the_release_tells_them(tmp_path: Path) -> None:
    assert built(ml_100k(tmp_path)).people == [
        Person(1, "24", "M", "technician"),
        Person(2, "53", "F", None),
        Person(3, "7", "M", "student"),
    ]


def test_a_persona_is_a_person_where_the_release_tells_of_them(tmp_path: Path) -> None:
    ml_1m(tmp_path)
    loved = "".join(f"2::{n}::5::{T}\n" for n in range(1, FEWEST + 1))
    others = "".join(f"3::{n}::5::{T}\n" for n in range(100, 110))
    write(tmp_path / "ratings.dat", loved + others)
    dramas = "".join(f"{n}::A (1999)::Drama\n" for n in range(1, 100))
    wars = "".join(f"{n}::A (1999)::War\n" for n in range(100, 110))
    write(tmp_path / "movies.dat", dramas + wars)

    persona, *_ = built(tmp_path).personas

    assert persona.person == Person(2, "56+", "M", "self-employed")


def test_movies_that_nobody_rated_are_in_the_catalogue(tmp_path: Path) -> None:
    folder = movielens(
        tmp_path, f"1,10,4.0,{T}\n1,30,4.0,{T}\n", "20,B (1999),Drama\n10,A (1999),Drama\n"
    )

    assert [(movie.movie_id, movie.likes) for movie in built(folder).movies] == [(20, 0), (10, 1)]


def test_lines_that_are_no_ratings_count_for_nothing(tmp_path: Path) -> None:
    folder = movielens(tmp_path, f"1,10,4.0,{T}\njunk\n1,10,9.0,{T}\n", "10,A (1999),Drama\n")

    assert built(folder).movies[0].likes == 1


def test_a_file_of_ratings_alone_has_an_empty_catalogue(tmp_path: Path) -> None:
    folder = movielens(tmp_path, f"1,10,4.0,{T}\n")

    assert built(folder / "ratings.csv") == Catalogue([], [], [])

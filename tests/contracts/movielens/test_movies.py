import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import MAX_ID
from contracts.movielens.layouts import NotMovieLens, open_release
from contracts.movielens.lines import MAX_TEXT
from contracts.movielens.movies import GENRES_100K, MovieRow, read_links, read_movies
from tests.builders import movielens
from tests.contracts.movielens.releases import ml_1m, ml_10m, ml_25m, ml_100k, write


def movies_of(folder: Path, lines: str) -> list[MovieRow]:
    return read_movies(open_release(movielens(folder, movies=lines)))


@pytest.mark.parametrize("written", [ml_100k, ml_1m, ml_10m, ml_25m])
def test_every_release_tells_its_movies(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    movies = {movie.movie_id: movie for movie in read_movies(open_release(written(tmp_path)))}

    assert (movies[1].title, movies[1].year) == ("Toy Story", 1995)
    assert {"Animation", "Comedy"} <= set(movies[1].genres)
    assert movies[543] == MovieRow(543, "Les Misérables", 1995, ("Drama", "Musical"))


def test_the_flags_of_100k_stand_for_genres(tmp_path: Path) -> None:
    flags = ("|".join("1" if n == one else "0" for n in range(19)) for one in range(19))
    ml_100k(tmp_path)
    write(tmp_path / "u.item", "".join(f"{n}|A|||x|{f}\n" for n, f in enumerate(flags, 1)))

    genres = [movie.genres for movie in read_movies(open_release(tmp_path))]

    assert genres == [(), *((genre,) for genre in GENRES_100K[1:])]


def test_a_flag_that_is_none_is_named_by_its_line(tmp_path: Path) -> None:
    ml_100k(tmp_path)
    good = (tmp_path / "u.item").read_bytes()
    (tmp_path / "u.item").write_bytes(good + b"9|A|||x" + b"|0" * 18 + b"|x\n")

    with pytest.raises(NotMovieLens, match=r"u\.item line 6: no movie: genres"):
        read_movies(open_release(tmp_path))


@pytest.mark.parametrize(
    ("written", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ('"Matrix, The (1999)"', "The Matrix", 1999),
        ('"American President, The (1995) "', "The American President", 1995),
        ('"Beautiful Mind, A (2001)"', "A Beautiful Mind", 2001),
        ('"Education, An (2009)"', "An Education", 2009),
        ('"Godfather, Then (1972)"', "Godfather, Then", 1972),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)", 1995),
        ("Babylon 5", "Babylon 5", None),
        ("Cosmos (2014-)", "Cosmos", 2014),
        ("Pride (1995–1996)", "Pride", 1995),
        ("Land Before Time III (1995) (V)", "Land Before Time III", 1995),
        ("Hogfather (2006) (TV)", "Hogfather", 2006),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("1984", "1984", None),
        ("(1984)", "(1984)", None),
        ("Amélie (2001)", "Amélie", 2001),
        ("=cmd|'/C calc'!A0 (1999)", "=cmd|'/C calc'!A0", 1999),
        ("<img src=x onerror=alert(1)> (1999)", "<img src=x onerror=alert(1)>", 1999),
        ("\u200fשלום\u200f (1999)", "\u200fשלום\u200f", 1999),
        ("A\x1b[31m\x00B\x85 (1999)", "A[31mB", 1999),
        ("x" * 10_000 + " (1999)", "x" * MAX_TEXT, 1999),
        (" " * 10_000 + "x (1999)" + " " * 10_000, "x", 1999),
    ],
)
def test_a_title_is_parsed(tmp_path: Path, written: str, title: str, year: int | None) -> None:
    assert movies_of(tmp_path, f"1,{written},Drama\n") == [MovieRow(1, title, year, ("Drama",))]


@pytest.mark.parametrize(
    ("written", "genres"),
    [
        ("Comedy|Drama", ("Comedy", "Drama")),
        ("Comedy|Comedy|", ("Comedy",)),
        ("(no genres listed)", ()),
        ("", ()),
        ("Sci-Fi", ("Sci-Fi",)),
    ],
)
def test_genres_are_split(tmp_path: Path, written: str, genres: tuple[str, ...]) -> None:
    assert movies_of(tmp_path, f"1,A (1999),{written}\n")[0].genres == genres


def test_no_movie_has_more_genres_than_all_releases_have(tmp_path: Path) -> None:
    written = "|".join(f"Genre {n}" for n in range(1000))

    assert len(movies_of(tmp_path, f"1,A (1999),{written}\n")[0].genres) == 20


def test_of_a_movie_that_is_told_twice_the_later_line_holds(tmp_path: Path) -> None:
    movies = movies_of(tmp_path, "1,A (1999),Drama\n2,B (1999),Drama\n1,C (1999),War\n")

    assert [(movie.movie_id, movie.title) for movie in movies] == [(1, "C"), (2, "B")]


@pytest.mark.parametrize(
    "line", ["x,A,B", "0,A,B", "007,A,B", f"{MAX_ID + 1},A,B", "1,A", "1,A,B,C", "1,,B", "1,\x07,B"]
)
def test_a_bad_movie_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(NotMovieLens, match=r"movies\.csv line 3: no movie"):
        movies_of(tmp_path, f"1,A (1999),Drama\n{line}\n")


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc"))), max_size=5))
def test_every_title_that_csv_can_write_is_read(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    titles = [text for text in texts if text.strip()]
    written = io.StringIO()
    csv.writer(written).writerows((n, title, "Drama") for n, title in enumerate(titles, 1))

    movies = movies_of(tmp_path_factory.mktemp("release"), written.getvalue())

    assert [movie.movie_id for movie in movies] == list(range(1, len(titles) + 1))
    assert all(0 < len(movie.title) <= MAX_TEXT for movie in movies)


def test_links_keep_the_zeros_of_imdb_ids(tmp_path: Path) -> None:
    release = open_release(movielens(tmp_path, links="1,0114709,862\n2,,\n3,0113228,\n"))

    assert read_links(release) == {
        1: ("tt0114709", 862),
        2: (None, None),
        3: ("tt0113228", None),
    }


@pytest.mark.parametrize("written", [ml_100k, ml_1m, ml_10m])
def test_a_release_without_links_has_none(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert read_links(open_release(written(tmp_path))) == {}


@pytest.mark.parametrize(
    "line", ["1,tt0114709,862", "1,0114709,x", ",0114709,862", "1,2", f"1,2,{'9' * 5000}"]
)
def test_a_bad_link_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(NotMovieLens, match=r"links\.csv line 2: no link"):
        read_links(open_release(movielens(tmp_path, links=f"{line}\n")))


@pytest.mark.integration
def test_the_real_movies_are_read_whole(data: Path) -> None:
    release = open_release(data)
    lines = (data / "movies.csv").read_bytes().count(b"\n") - 1

    assert len(read_movies(release)) == len(read_links(release)) == lines

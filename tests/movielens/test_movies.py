import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import MAX_ID
from harness.builders import movielens
from movielens.metadata_parsing import MAX_TEXT, Loss
from movielens.movies import GENRES_100K, Link, MovieRow, read_links, read_movies
from movielens.release import NotMovieLens, open_release
from tests.movielens.small_releases import ml_1m, ml_10m, ml_25m, ml_100k, write


def movies_of(folder: Path, lines: str, loss: Loss | None = None) -> list[MovieRow]:
    return read_movies(open_release(movielens(folder, movies=lines)), loss or Loss())


def links_of(folder: Path, lines: str, loss: Loss | None = None) -> dict[int, Link]:
    return read_links(open_release(movielens(folder, links=lines)), loss or Loss())


@pytest.mark.parametrize("written", [ml_100k, ml_1m, ml_10m, ml_25m])
def test_every_release_tells_its_movies(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    movies = {
        movie.movie_id: movie for movie in read_movies(open_release(written(tmp_path)), Loss())
    }

    assert (movies[1].title, movies[1].year) == ("Toy Story", 1995)
    assert {"Animation", "Comedy"} <= set(movies[1].genres)
    assert movies[543] == MovieRow(543, "Les Misérables", 1995, ("Drama", "Musical"))


def test_the_flags_of_100k_stand_for_genres(tmp_path: Path) -> None:
    flags = ("|".join("1" if n == one else "0" for n in range(19)) for one in range(19))
    ml_100k(tmp_path)
    write(tmp_path / "u.item", "".join(f"{n}|A|||x|{f}\n" for n, f in enumerate(flags, 1)))

    genres = [movie.genres for movie in read_movies(open_release(tmp_path), Loss())]

    assert genres == [(), *((genre,) for genre in GENRES_100K[1:])]


def test_a_flag_that_is_none_costs_its_line(tmp_path: Path) -> None:
    ml_100k(tmp_path)
    good = (tmp_path / "u.item").read_bytes()
    (tmp_path / "u.item").write_bytes(good + b"9|A|||x" + b"|0" * 18 + b"|x\n")
    loss = Loss()

    assert len(read_movies(open_release(tmp_path), loss)) == 5
    assert loss.first[0].startswith(f"{tmp_path}/u.item line 6: invalid movie: genres")


@pytest.mark.parametrize(
    ("written", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ('"Matrix, The (1999)"', "The Matrix", 1999),
        ('"American President, The (1995) "', "The American President", 1995),
        ('"Beautiful Mind, A (2001)"', "A Beautiful Mind", 2001),
        ('"Education, An (2009)"', "An Education", 2009),
        ('"Lost, The (Cité, La) (1995)"', "The Lost (La Cité)", 1995),
        ('"Two\nLines (2001)"', "Two Lines", 2001),
        ('"Godfather, Then (1972)"', "Godfather, Then", 1972),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)", 1995),
        ("Babylon 5", "Babylon 5", None),
        ("Cosmos (2014-)", "Cosmos", 2014),
        ("Pride (1995–1996)", "Pride", 1995),
        ("Land Before Time III (1995) (V)", "Land Before Time III", 1995),
        ("Hogfather (2006) (TV)", "Hogfather", 2006),
        ("NeXT (1999) (II)", "NeXT", 1999),
        ("Nocturnal Animals (2016/I)", "Nocturnal Animals", 2016),
        ("Seven (1995) (Se7en)", "Seven (1995) (Se7en)", None),
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


BAD = ["x,A,B", "0,A,B", "007,A,B", f"{MAX_ID + 1},A,B", "1,A", "1,A,B,C", "1,,B", "1,\x07,B"]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_movie_costs_its_line_and_is_named(tmp_path: Path, line: str) -> None:
    loss = Loss()

    movies = movies_of(tmp_path, f"1,A (1999),Drama\n{line}\n2,B (1999),Drama\n", loss)

    assert [movie.movie_id for movie in movies] == [1, 2]
    assert (loss.lines, len(loss.first)) == (1, 1)
    assert loss.first[0].startswith(f"{tmp_path}/movies.csv line 3: invalid movie: ")


@pytest.mark.parametrize("line", BAD)
def test_a_file_of_which_most_lines_are_no_movies_is_another_kinds(
    tmp_path: Path, line: str
) -> None:
    with pytest.raises(NotMovieLens, match=r"movies\.csv line 3: invalid movie: .*; 2 of 3 lines"):
        movies_of(tmp_path, f"1,A (1999),Drama\n{line}\n{line}\n")


@pytest.mark.parametrize(
    ("content", "what"), [("", "is empty"), ("id,name\n1,A\n", "holds no movies: it begins")]
)
def test_a_file_that_only_has_the_name_is_refused(tmp_path: Path, content: str, what: str) -> None:
    write(movielens(tmp_path) / "movies.csv", content)

    with pytest.raises(NotMovieLens, match=rf"movies\.csv {what}"):
        read_movies(open_release(tmp_path), Loss())


def test_movies_need_no_genres(tmp_path: Path) -> None:
    write(movielens(tmp_path) / "movies.csv", "title,movieId\nA (1999),1\n")

    assert read_movies(open_release(tmp_path), Loss()) == [MovieRow(1, "A", 1999, ())]


def test_movies_may_be_quoted_from_the_header_on(tmp_path: Path) -> None:
    write(movielens(tmp_path) / "movies.csv", '"movieId","title","genres"\n"1.0","A","War"\n')

    assert read_movies(open_release(tmp_path), Loss()) == [MovieRow(1, "A", None, ("War",))]


@given(st.text(st.sampled_from('a1,"\\\n ()'), max_size=60))
def test_any_text_is_movies_or_lost_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    lines, loss = [line for line in text.split("\n") if line.strip()], Loss()
    try:
        told = len(movies_of(tmp_path_factory.mktemp("release"), text, loss))
    except NotMovieLens as error:
        told, named = 0, str(error)
    else:
        named = "".join(loss.first)

    assert bool(lines) == bool(told or loss.lines)
    assert bool(loss.lines) == bool(re.search(r"movies\.csv line \d+: invalid movie: ", named))


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


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("1,0114709,862", Link("tt0114709", 862)),
        ("1,tt0114709,862", Link("tt0114709", 862)),
        ("1,114709,862.0", Link("tt0114709", 862)),
        ("1.0,114709.0,862.00", Link("tt0114709", 862)),
        ("1,10872600,", Link("tt10872600", None)),
        ('"1","",""', Link(None, None)),
        ("1,NA,NaN", Link(None, None)),
        (r"1,\N,nan", Link(None, None)),
    ],
)
def test_links_are_read_as_programs_write_them(tmp_path: Path, line: str, link: Link) -> None:
    assert links_of(tmp_path, f"{line}\n") == {1: link}


@pytest.mark.parametrize("written", [ml_100k, ml_1m, ml_10m])
def test_a_release_without_links_has_none(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    assert read_links(open_release(written(tmp_path)), Loss()) == {}


@pytest.mark.parametrize(
    "line",
    ["1,nm0114709,862", "1,0114709,x", "1,0114709,8.5", ",0114709,862", "1,2", "1,tt,862", "1,7,0",
     f"1,2,{'9' * 5000}"],
)  # fmt: skip
def test_a_bad_link_costs_its_line_and_is_named(tmp_path: Path, line: str) -> None:
    loss = Loss()

    assert links_of(tmp_path, f"{line}\n{line}\n2,0113228,\n", loss) == {2: ("tt0113228", None)}
    assert loss.lines == 2
    assert loss.first[0].startswith(f"{tmp_path}/links.csv line 2: invalid link: ")


@pytest.mark.integration
def test_the_real_movies_are_read_whole(data: Path) -> None:
    release, loss = open_release(data), Loss()
    lines = (data / "movies.csv").read_bytes().count(b"\n") - 1

    assert len(read_movies(release, loss)) == len(read_links(release, loss)) == lines
    assert not loss.first


@pytest.mark.integration
def test_no_real_title_keeps_an_article_behind_a_name(data: Path) -> None:
    left = re.compile(r", ?(?:The|An?|L[ae]s?|L'|Une?|D[aei][rse]|[EI]l|Los)(?=$|[:()]| \()")
    titles = [movie.title for movie in read_movies(open_release(data), Loss())]

    assert [title for title in titles if left.search(title)] == []
    assert "The City of Lost Children (La Cité des enfants perdus)" in titles

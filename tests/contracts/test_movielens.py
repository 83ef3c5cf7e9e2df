import itertools
from pathlib import Path

import pytest

from contracts.movielens import (
    MovieRow,
    NoData,
    NotMovieLens,
    read_links,
    read_movies,
    read_ratings,
)
from tests.builders import movielens

HEADER = b"userId,movieId,rating,timestamp"


def ratings_file(folder: Path, content: bytes) -> Path:
    (folder / "ratings.csv").write_bytes(content)
    return folder


def test_ratings_are_read_in_time_order(tmp_path: Path) -> None:
    movielens(tmp_path, "1,10,4.0,30\n2,20,0.5,10\n3,30,5,20\n")

    ratings = read_ratings(tmp_path)

    assert ratings.user_id.tolist() == [2, 3, 1]
    assert ratings.movie_id.tolist() == [20, 30, 10]
    assert ratings.half_stars.tolist() == [1, 10, 8]
    assert ratings.rated_at_s.tolist() == [10, 20, 30]


def test_rows_of_one_second_stay_in_the_files_order(tmp_path: Path) -> None:
    movielens(tmp_path, "".join(f"{user},10,4.0,5\n" for user in (3, 1, 2)))

    assert read_ratings(tmp_path).user_id.tolist() == [3, 1, 2]


def test_a_rating_knows_its_row_in_the_file(tmp_path: Path) -> None:
    movielens(tmp_path, "1,10,4.0,30\n2,20,4.0,10\n")

    assert read_ratings(tmp_path).row.tolist() == [1, 0]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + b"\r\n1,10,4.0,5\r\n",
        b"\xef\xbb\xbf" + HEADER + b"\n1,10,4.0,5\n",
        HEADER + b"\r1,10,4.0,5\r",
        HEADER + b"\n1,10,4.0,5",
    ],
    ids=["CRLF", "BOM", "CR", "no final line end"],
)
def test_line_ends_and_byte_order_marks_make_no_difference(tmp_path: Path, content: bytes) -> None:
    assert read_ratings(ratings_file(tmp_path, content)).half_stars.tolist() == [8]


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"1,10,4.0,5",
        b"user,movie,rating,time",
        HEADER + b",x",
        HEADER.decode().encode("utf-16"),
    ],
)
def test_a_file_without_the_header_is_refused(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(NotMovieLens, match="first line"):
        read_ratings(ratings_file(tmp_path, header + b"\n1,10,4.0,5\n"))


@pytest.mark.parametrize(
    "line",
    [
        "", ",,,", "1,10,4.0", "1,10,4.0,5,6", "1::10::4::5", "1\t10\t4\t5",
        "0,10,4.0,5", "-1,10,4.0,5", "1.0,10,4.0,5", "1e3,10,4.0,5", "+1,10,4.0,5", " 1,10,4.0,5",
        "1_000,10,4.0,5", "007,10,4.0,5", "0x1,10,4.0,5", "１,10,4.0,5",
        "1000000000,10,4.0,5", "2147483648,10,4.0,5", "1,2147483648,4.0,5", f"{'9' * 40},10,4.0,5",
        "1,10,0,5", "1,10,0.0,5", "1,10,5.5,5", "1,10,3.7,5", "1,10,-1,5", "1,10,NaN,5",
        "1,10,inf,5", "1,10,1e999,5", "1,10,,5", "1,10,five,5", '1,10,"4",5',
        "1,10,4.0,", "1,10,4.0,-5", "1,10,4.0,5.5", "1,10,4.0,1763632800000", "1,10,4.0,2020-01-01",
        "1,10,4.0,5\x00", "1,10,4.0,\xff", "1,10,4.0,5" + " " * 5000,
    ],
)  # fmt: skip
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    content = HEADER + b"\n1,10,4.0,5\n" + line.encode() + b"\n2,10,4.0,6\n"

    with pytest.raises(NotMovieLens, match=r"ratings\.csv line 3: no rating") as refused:
        read_ratings(ratings_file(tmp_path, content))

    assert len(str(refused.value).removeprefix(str(tmp_path))) < 200


@pytest.mark.parametrize(("movie", "user"), [(2**31 - 1, 1), (1, 999_999_999)])
def test_the_largest_ids_are_read(tmp_path: Path, movie: int, user: int) -> None:
    movielens(tmp_path, f"{user},{movie},4.0,5\n")

    assert read_ratings(tmp_path).movie_id.tolist() == [movie]


@pytest.mark.parametrize("ratings", ["", "\n"])
def test_a_file_without_ratings_is_refused(tmp_path: Path, ratings: str) -> None:
    with pytest.raises(NotMovieLens):
        read_ratings(movielens(tmp_path, ratings))


def test_a_folder_without_ratings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"holds no ratings\.csv"):
        read_ratings(tmp_path)


@pytest.mark.parametrize("cuts", [[0, 1], [0, 0.5, 1], [0, 0.1, 0.35, 0.9, 1]])
def test_neighbouring_parts_share_no_row_and_leave_none_out(
    tmp_path: Path, cuts: list[float]
) -> None:
    movielens(tmp_path, "".join(f"{n},10,4.0,{n}\n" for n in range(1, 12)))
    ratings = read_ratings(tmp_path)

    parts = [ratings.between(a, b) for a, b in itertools.pairwise(cuts)]

    assert [u for part in parts for u in part.user_id.tolist()] == list(range(1, 12))


def test_the_checksum_is_of_the_files_bytes(tmp_path: Path) -> None:
    one = read_ratings(movielens(tmp_path / "a", "1,10,4.0,5\n"))
    other = read_ratings(movielens(tmp_path / "b", "1,10,4.5,5\n"))

    assert one.sha256 != other.sha256
    assert one.between(0, 0.5).sha256 == one.sha256


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
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("1984", "1984", None),
        ("Amélie (2001)", "Amélie", 2001),
    ],
)
def test_a_title_is_parsed(tmp_path: Path, written: str, title: str, year: int | None) -> None:
    movielens(tmp_path, movies=f"1,{written},Drama\n")

    assert read_movies(tmp_path) == [MovieRow(1, title, year, ("Drama",))]


@pytest.mark.parametrize(
    ("written", "genres"),
    [("Comedy|Drama", ("Comedy", "Drama")), ("(no genres listed)", ()), ("Sci-Fi", ("Sci-Fi",))],
)
def test_genres_are_split(tmp_path: Path, written: str, genres: tuple[str, ...]) -> None:
    movielens(tmp_path, movies=f"1,A (1999),{written}\n")

    assert read_movies(tmp_path)[0].genres == genres


@pytest.mark.parametrize("line", ["x,A,B", "0,A,B", "1,A", "1,A,B,C", "007,A,B"])
def test_a_bad_movie_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    movielens(tmp_path, movies=f"1,A (1999),Drama\n{line}\n")

    with pytest.raises(NotMovieLens, match=r"movies\.csv line 3: no movie"):
        read_movies(tmp_path)


def test_movies_without_the_header_are_refused(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("id,name,genres\n")

    with pytest.raises(NotMovieLens, match="first line"):
        read_movies(tmp_path)


def test_links_keep_the_zeros_of_imdb_ids(tmp_path: Path) -> None:
    movielens(tmp_path, links="1,0114709,862\n2,,\n3,0113228,\n")

    links = read_links(tmp_path)

    assert links == {1: ("tt0114709", 862), 2: (None, None), 3: ("tt0113228", None)}


def test_a_release_without_links_has_none(tmp_path: Path) -> None:
    assert read_links(movielens(tmp_path)) == {}


def test_a_bad_link_is_named_by_its_line(tmp_path: Path) -> None:
    movielens(tmp_path, links="1,tt0114709,862\n")

    with pytest.raises(NotMovieLens, match=r"links\.csv line 2: no link"):
        read_links(tmp_path)


@pytest.mark.integration
def test_the_real_release_is_read_whole(data: Path) -> None:
    lines = (data / "ratings.csv").read_bytes().count(b"\n")

    assert len(read_ratings(data)) == lines - 1
    assert len(read_movies(data)) == len(read_links(data))

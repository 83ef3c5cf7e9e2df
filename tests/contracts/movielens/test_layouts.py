from pathlib import Path

import pytest

from contracts.movielens.layouts import (
    EmptyFile,
    NotMovieLens,
    Role,
    open_release,
    recognise,
)
from contracts.movielens.sources import NoData

CSV = b"userId,movieId,rating,timestamp\n1,10,4.0,978300760\n"
ITEM = b"1|Toy Story (1995)|01-Jan-1995||http://x/" + b"|0" * 18 + b"|1\n"


@pytest.mark.parametrize(
    ("head", "role", "separator"),
    [
        (CSV, Role.ratings, ","),
        (CSV.replace(b"\n", b"\r\n"), Role.ratings, ","),
        (b"\xef\xbb\xbf" + CSV, Role.ratings, ","),
        (b"userId,movieId,tag,timestamp\n", Role.tags, ","),
        (b"movieId,title,genres\n", Role.movies, ","),
        (b"movieId,imdbId,tmdbId\n", Role.links, ","),
        (b"196\t242\t3\t881250949\n", Role.ratings, "\t"),
        (b"1::1193::5::978300760\n", Role.ratings, "::"),
        (b"1::122::4.5::838985046\n", Role.ratings, "::"),
        (b"15::4973::excellent!::1215184630\n15::1747::1990::1215184630\n", Role.tags, "::"),
        (b"1::Toy Story (1995)::Animation|Children's|Comedy\n", Role.movies, "::"),
        (b"2::M::56::16::70072\n", Role.users, "::"),
        (b"1|24|M|technician|85711\n", Role.users, "|"),
        (ITEM, Role.movies, "|"),
    ],
)
def test_a_file_is_known_by_its_first_lines(head: bytes, role: Role, separator: str) -> None:
    layout = recognise(head)

    assert layout is not None
    assert (layout.role, layout.separator) == (role, separator)


def test_columns_are_known_by_their_names_in_any_order() -> None:
    layout = recognise(b"rating,timestamp,movieId,userId,note\n")

    assert layout is not None
    assert layout.columns == ("rating", "timestamp", "movieId", "userId", "note")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"1,10,4.0,978300760\n",
        b"user,movie,rating,time\n",
        b"userId,movieId,rating\n",
        b"userId,userId,movieId,rating,timestamp\n",
        b"genre|0\nunknown|1\n",
        b"movieId,tagId,relevance\n1,1,0.02\n",
        b"PK\x03\x04",
        CSV.replace(b"\n", b"\x0c", 1),
        bytes(range(256)),
    ],
)
def test_a_file_that_no_release_has_is_not_known(head: bytes) -> None:
    assert recognise(head) is None


def test_a_few_bad_lines_do_not_hide_what_a_file_is() -> None:
    layout = recognise(b"junk\n1::1193::5::978300760\n1::661::3::978302109\n")

    assert layout is not None
    assert layout.role is Role.ratings


def test_names_make_no_difference(tmp_path: Path) -> None:
    (tmp_path / "movies.txt").write_bytes(CSV)

    assert open_release(tmp_path).ratings.member.name == "movies.txt"


def test_of_several_files_of_ratings_the_largest_is_taken(tmp_path: Path) -> None:
    for name, lines in (("u1.base", 4), ("u.data", 5), ("u1.test", 1)):
        (tmp_path / name).write_text("196\t242\t3\t881250949\n" * lines)

    assert open_release(tmp_path).ratings.member.name == "u.data"


def test_a_file_of_ratings_alone_is_a_release(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_bytes(CSV)

    assert set(open_release(tmp_path / "some.csv").tables) == {Role.ratings}


def test_a_path_where_nothing_is_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="is not there"):
        open_release(tmp_path / "none")


def test_a_folder_without_ratings_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"holds no ratings$"):
        open_release(tmp_path)


def test_the_one_folder_inside_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "ml-1m").mkdir()

    with pytest.raises(NoData, match=r"did you mean .*/ml-1m\?"):
        open_release(tmp_path)


def test_an_empty_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()

    with pytest.raises(EmptyFile, match="0 ratings"):
        open_release(tmp_path)


def test_utf_16_is_named(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_bytes(CSV.decode().encode("utf-16"))

    with pytest.raises(NotMovieLens, match="UTF-16: save it as UTF-8"):
        open_release(tmp_path)


@pytest.mark.parametrize("header", ["user,item,stars", "userId,movieId,rating", "1,10,4.0,5"])
def test_another_header_is_quoted_beside_the_one_that_is_expected(
    tmp_path: Path, header: str
) -> None:
    (tmp_path / "ratings.csv").write_text(f"{header}\n1,10,4.0\n")

    with pytest.raises(NotMovieLens, match=f"begins with '{header}', not 'userId,movieId,rating,"):
        open_release(tmp_path)

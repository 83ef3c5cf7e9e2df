import pytest

from movielens.file_layouts import Role, recognise

CSV = b"userId,movieId,rating,timestamp\n1,10,4.0,978300760\n"
ITEM = b"1|Toy Story (1995)|01-Jan-1995||http://x/" + b"|0" * 18 + b"|1\n"


@pytest.mark.parametrize(
    ("head", "role", "separator"),
    [
        (CSV, Role.ratings, ","),
        (CSV.replace(b"\n", b"\r\n"), Role.ratings, ","),
        (b"\xef\xbb\xbf" + CSV, Role.ratings, ","),
        (b'"userId","movieId","rating","timestamp"\n', Role.ratings, ","),
        (b"1,10,4.0,978300760\n", Role.ratings, ","),
        (b"userId,movieId,tag,timestamp\n", Role.tags, ","),
        (b"movieId,title,genres\n", Role.movies, ","),
        (b"title,movieId\n", Role.movies, ","),
        (b'"movieId","title","genres"\n', Role.movies, ","),
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
        b"user,movie,rating,time\n1,10,4.0,978300760\n2,10,4.0,978300760\n",
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

from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.movielens.layouts import (
    HEADERS,
    Layout,
    NotMovieLens,
    Release,
    Role,
    Table,
    open_release,
)
from contracts.movielens.lines import MAX_LINE, Fields, Malformed, natural, parsed, plain
from tests.builders import movielens
from tests.contracts.movielens.held import Held

LINES = "1,Amélie (2001),Comedy\n2,Les Misérables (1995),Drama\n"
HEADER = "movieId,title,genres\n"


def held(content: bytes, piece: int = 1 << 22) -> Release:
    """A release of one file, in memory."""
    layout = Layout(Role.movies, ",", HEADERS[Role.movies], header=True)
    table = Table(Held(content, piece, "movies.csv"), layout)
    return Release(Path("nowhere"), MappingProxyType({Role.movies: table}), members=[], ignored=0)


def fields(release: Release, role: Role = Role.movies) -> list[Fields]:
    return list(parsed(release, role, lambda found: found))


def titles(content: bytes, piece: int = 1 << 22) -> list[str]:
    return [one["title"] for one in fields(held(content, piece))]


@pytest.mark.parametrize(
    "content",
    [
        (HEADER + LINES).replace("\n", "\r\n").encode(),
        (HEADER + LINES).replace("\n", "\r").encode(),
        (HEADER + LINES).encode("utf-8-sig"),
        (HEADER + LINES).encode("latin-1"),
        (HEADER + LINES).encode().rstrip(),
        (HEADER + LINES + "\n").encode(),
    ],
    ids=["CRLF", "CR", "BOM", "Latin-1", "no final line end", "a blank line"],
)
@pytest.mark.parametrize("piece", [1, 7, 1 << 22])
def test_line_ends_marks_encodings_and_pieces_make_no_difference(
    content: bytes, piece: int
) -> None:
    assert titles(content, piece) == ["Amélie (2001)", "Les Misérables (1995)"]


def test_one_byte_that_is_not_utf_8_makes_the_whole_file_latin_1() -> None:
    content = HEADER.encode() + "1,Amélie,\n".encode() + "2,Amélie,\n".encode("latin-1")

    assert titles(content) == ["AmÃ©lie", "Amélie"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Matrix, The (1999)"', "Matrix, The (1999)"),
        ('"""Great"" Cats, The"', '"Great" Cats, The'),
        ('Cats "live"', 'Cats "live"'),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ],
)
def test_quotes_are_read_as_csv_has_them(written: str, title: str) -> None:
    assert titles(f"{HEADER}1,{written},Drama\n".encode()) == [title]


@pytest.mark.parametrize(
    "line", ['2,"A (1999),Drama', '2,"A" (1999),Drama', '2,A (1999),"', '2,"A\n3,B",Drama']
)
def test_a_quote_that_is_left_open_is_named_by_its_line(line: str) -> None:
    with pytest.raises(NotMovieLens, match=r"movies\.csv line 3: no movie: "):
        titles(f"{HEADER}1,A (1999),Drama\n{line}\n3,C (1999),Drama\n".encode())


@pytest.mark.parametrize("line", ["1,A", "1,A,B,C", ",", "A::B::C"])
def test_a_line_with_other_fields_is_named_by_its_number(line: str) -> None:
    with pytest.raises(NotMovieLens, match=r"movies\.csv line 2: no movie: \d fields, not 3: "):
        titles(f"{HEADER}{line}\n".encode())


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("piece", [1000, 1 << 22])
def test_a_line_beyond_all_measure_is_refused(end: str, piece: int) -> None:
    content = f"{HEADER}1,{'é' * MAX_LINE},Drama{end}".encode()

    with pytest.raises(NotMovieLens, match="line 2: no movie: more than 65536 characters"):
        titles(content, piece)


def test_columns_are_known_by_their_names(tmp_path: Path) -> None:
    folder = movielens(tmp_path)
    (folder / "movies.csv").write_text("genres,note,movieId,title\nDrama,x,1,A\n")

    assert fields(open_release(folder)) == [
        {"genres": "Drama", "note": "x", "movieId": "1", "title": "A"}
    ]


def test_a_release_without_the_file_tells_nothing(tmp_path: Path) -> None:
    folder = movielens(tmp_path)
    (folder / "movies.csv").unlink()

    assert fields(open_release(folder)) == []


def test_a_file_of_ratings_alone_tells_nothing_else(tmp_path: Path) -> None:
    folder = movielens(tmp_path, movies="1,A (1999),Drama\n")

    assert fields(open_release(folder / "ratings.csv")) == []


@pytest.mark.parametrize("content", [b"", b"id,name,genres\n1,A,Drama\n"])
def test_a_file_that_has_only_the_name_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = movielens(tmp_path)
    (folder / "movies.csv").write_bytes(content)

    with pytest.raises(NotMovieLens, match=r"movies\.csv holds no movies"):
        fields(open_release(folder))


def test_utf_16_is_named(tmp_path: Path) -> None:
    folder = movielens(tmp_path)
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n", encoding="utf-16")

    with pytest.raises(NotMovieLens, match=r"tags\.csv is UTF-16: save it as UTF-8"):
        fields(open_release(folder), Role.tags)


@pytest.mark.parametrize("text", ["", "0", "01", "-1", "+1", "1.0", " 1", "１", "6", "9" * 5000])
def test_a_number_is_written_as_usual_and_not_too_large(text: str) -> None:
    with pytest.raises(Malformed, match="movieId"):
        natural("movieId", text, 5)


@given(st.text())
def test_plain_text_keeps_everything_but_control_characters(text: str) -> None:
    controls = {chr(n) for n in (*range(32), *range(127, 160))}

    assert plain(text) == "".join(c for c in text if c not in controls).strip()

import re
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.builders import movielens
from movielens.delimited_records import MAX_LINE, Fields, Malformed
from movielens.file_layouts import HEADERS, Layout, Role
from movielens.metadata_parsing import SHOWN, Loss, natural, parsed, plain
from movielens.release import Release, open_release
from tests.movielens.memory_file import Held, table

LINES = "1,Amélie (2001),Comedy\n2,Les Misérables (1995),Drama\n"
HEADER = "movieId,title,genres\n"


def held(content: bytes, piece: int = 1 << 22) -> Release:
    """A release of one file, in memory."""
    layout = Layout(Role.movies, ",", HEADERS[Role.movies], header=True)
    movies = table(layout, Held(content, piece, "movies.csv"))
    return Release(Path("nowhere"), MappingProxyType({Role.movies: movies}), {}, [], 0)


def read(release: Release, role: Role = Role.movies) -> tuple[list[Fields], Loss]:
    """The fields that are found, and what is lost."""
    loss = Loss()
    return list(parsed(release, role, lambda found: found, loss)), loss


def fields(release: Release, role: Role = Role.movies) -> list[Fields]:
    return read(release, role)[0]


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


@pytest.mark.parametrize("line", ["1,A", "1,A,B,C", ",", "A::B::C"])
def test_a_record_with_other_fields_is_lost_and_named_by_its_line(line: str) -> None:
    found, loss = read(held(f"{HEADER}{line}\n2,B,Drama\n".encode()))

    assert ([one["title"] for one in found], loss.lines) == (["B"], 1)
    assert re.match(r"movies\.csv line 2: invalid movie: \d fields, not 3: ", loss.first[0])


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("piece", [1000, 1 << 22])
def test_a_line_beyond_all_measure_is_lost_and_the_next_one_read(end: str, piece: int) -> None:
    content = f"{HEADER}1,{'é' * MAX_LINE},Drama\n2,B,Drama{end}".encode()

    found, loss = read(held(content, piece))

    assert [one["title"] for one in found] == ["B"]
    assert loss.first == ["movies.csv line 2: invalid movie: more than 65536 characters"]


def test_lost_lines_are_all_counted_and_the_first_ones_kept() -> None:
    _, loss = read(held((HEADER + "x\n" * 100).encode()))

    assert (loss.lines, len(loss.first)) == (100, SHOWN)
    assert loss.summary() == f"{loss.first[0]} (lines ignored: 100)"


def test_nothing_lost_has_no_summary() -> None:
    assert read(held((HEADER + LINES).encode()))[1].summary() == ""


def test_parts_are_read_in_their_order_and_named(tmp_path: Path) -> None:
    folder = movielens(tmp_path)
    (folder / "movies.csv").unlink()
    (folder / "movies.csv").mkdir()
    for number, line in ((2, "1,B,Drama"), (10, "x"), (1, "1,A,Drama")):
        (folder / "movies.csv" / f"part-{number}").write_text(f"{HEADER}{line}\n")

    found, loss = read(open_release(folder))

    assert [one["title"] for one in found] == ["A", "B"]
    assert loss.first[0].startswith(f"{folder}/movies.csv/part-10 line 2: invalid movie")


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


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"id,name,genres\n1,A,Drama\n", "holds no movies: it begins with 'id,name,genres"),
        ((HEADER + LINES).encode("utf-16"), "is UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_that_has_only_the_name_is_lost_whole(
    tmp_path: Path, content: bytes, what: str
) -> None:
    folder = movielens(tmp_path)
    (folder / "movies.csv").write_bytes(content)
    (folder / "older.csv").write_text(HEADER + LINES)

    found, loss = read(open_release(folder))

    assert (found, loss.lines) == ([], None)
    assert loss.summary().startswith(f"{folder}/movies.csv {what}")
    assert loss.summary().endswith(" (whole file ignored)")


@pytest.mark.parametrize(
    "text", ["", "0", "01", "-1", "+1", "1.5", "1.", ".0", " 1", "１", "6", "6.0", "9" * 5000]
)
def test_a_number_is_written_as_usual_and_not_too_large(text: str) -> None:
    with pytest.raises(Malformed, match="movieId"):
        natural("movieId", text, 5)


@pytest.mark.parametrize("text", ["5", "5.0", "5.00"])
def test_a_number_may_be_written_as_programs_write_those_with_gaps(text: str) -> None:
    assert natural("movieId", text, 5) == 5


@given(st.text())
def test_plain_text_keeps_everything_but_control_characters(text: str) -> None:
    controls = {chr(n) for n in (*range(32), *range(127, 160))}
    spaced = re.sub("[\t\n\v\f\r]+", " ", text)

    assert plain(text) == "".join(c for c in spaced if c not in controls).strip()

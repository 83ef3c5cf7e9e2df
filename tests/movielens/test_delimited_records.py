import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movielens.delimited_records import MAX_LINES, Malformed, fields_of, records
from movielens.file_layouts import HEADERS, Layout, Role
from movielens.release import Part
from tests.movielens.memory_file import Held

HEADER = "movieId,title,genres\n"
MOVIES = Layout(Role.movies, ",", HEADERS[Role.movies], header=True)


def titles(lines: str, layout: Layout = MOVIES, piece: int = 1 << 22) -> list[str | int]:
    """The titles of records, and the numbers of lines that are none."""
    found: list[str | int] = []
    for number, record in records(Part(Held((HEADER + lines).encode(), piece), layout)):
        try:
            found.append(fields_of(record, layout)["title"])
        except Malformed:
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Matrix, The (1999)"', "Matrix, The (1999)"),
        ('"""Great"" Cats, The"', '"Great" Cats, The'),
        ('Cats "live"', 'Cats "live"'),
        ('The 5" Disk', 'The 5" Disk'),
        ('"Two\nLines (2001)"', "Two\nLines (2001)"),
        ('"Two\r\n\r\n""Lines"""', 'Two\n\n"Lines"'),
        ('"""\n"""', '"\n"'),
        (r'"\"Great\" Cats, The"', '"Great" Cats, The'),
        (r'"The Last \"\""', 'The Last ""'),
        (r'"A\"', "A\\"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ],
)
def test_quotes_are_read_as_csv_has_them_and_as_spark_has(written: str, title: str) -> None:
    assert titles(f"1,{written},Drama\n2,B,Drama\n") == [title, "B"]


@pytest.mark.parametrize(
    "line",
    ['2,"A (1999),Drama', '2,"A" (1999),Drama', '2,A (1999),"', '2,"A""",Drama,'],
)
@pytest.mark.parametrize("after", ["3,C,Drama", '3,"C",Drama', '3,"C, The",Drama', '3,"""C""",D'])
def test_a_quote_that_is_left_open_costs_its_line_alone(line: str, after: str) -> None:
    first, lost, third = titles(f"1,A (1999),Drama\n{line}\n{after}\n")

    assert (first, lost) == ("A (1999)", 3)
    assert "C" in str(third)


def test_a_quote_that_stays_open_too_long_was_none() -> None:
    field = "\n".join(["A"] * (MAX_LINES + 1))

    assert titles(f'1,"{field}",Drama\n2,B,Drama\n') == [*range(2, MAX_LINES + 3), "B"]


def test_in_other_files_a_quote_is_a_letter() -> None:
    layout = Layout(Role.movies, "::", HEADERS[Role.movies], header=False)

    found = titles('1::"A::Drama\n2::B"::Drama\n', layout)

    assert found == [1, '"A', 'B"']


TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\r")).filter(
    lambda text: text.count("\n") < MAX_LINES
)


@given(st.lists(TITLES, max_size=5), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_whatever_csv_can_write_is_read(texts: list[str], end: str, piece: int) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerows((1, text, "Drama") for text in texts)

    assert titles(written.getvalue(), piece=piece) == texts


PIECES = st.text(st.sampled_from('a1,"\\\n \0'), max_size=60)


@given(PIECES)
def test_every_line_of_any_text_is_in_one_record(text: str) -> None:
    found = list(records(Part(Held((HEADER + text).encode()), MOVIES)))

    lines = "\n".join(record for _, record in found).split("\n")
    assert [one for one in lines if one.strip()] == [one for one in text.split("\n") if one.strip()]
    assert [number for number, _ in found] == sorted({number for number, _ in found})

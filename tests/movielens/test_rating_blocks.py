from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movielens import rating_blocks
from movielens.file_layouts import HEADERS, Layout, Role
from movielens.rating_blocks import Block, Ratings, read_blocks
from movielens.rating_rows import MAX_LINE_BYTES, Reason
from movielens.release import Part, Table
from tests.movielens.memory_file import Held, table

LATEST_S = 1_763_632_800
CSV = Layout(Role.ratings, ",", HEADERS[Role.ratings], header=True)
OF_1M = Layout(Role.ratings, "::", HEADERS[Role.ratings], header=False)
OF_100K = Layout(Role.ratings, "\t", HEADERS[Role.ratings], header=False)
HEADER = b"userId,movieId,rating,timestamp"
LINE = b"1,10,4.0,978300760"


def read(content: bytes, layout: Layout = CSV, piece: int = 1 << 22) -> list[Block]:
    return list(read_blocks(table(layout, Held(content, piece)), LATEST_S))


Found = tuple[list[tuple[int, ...]], list[tuple[int, Reason]]]


def found(read: list[Block]) -> Found:
    """All rows with their numbers, and all rejected lines."""
    rows = [row for block in read for row in zip(*columns(block.ratings), strict=True)]
    return rows, [(one.line, one.reason) for block in read for one in block.rejected]


def columns(ratings: Ratings) -> list[list[int]]:
    names = ("row", "user_id", "movie_id", "half_stars", "rated_at_s")
    return [getattr(ratings, name).tolist() for name in names]


FINE = st.builds(
    lambda user, movie, stars, at, sep: sep.join((str(user), str(movie), stars, str(at))),
    st.integers(1, 999_999_999),
    st.integers(1, 2**31 - 1),
    st.sampled_from(["0.5", "1.0", "3", "4.5", "5", "5.0"]),
    st.integers(788_918_400, LATEST_S),
    st.just(","),
)
ODD = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12),
    st.sampled_from(
        ["", " 1,10,4.0,978300760", "01,10,4.0,978300760", "+1,10,4.0,978300760", "1,10,4.0,0x5",
         "1,10,4.50,978300760", "1,10,6,978300760", "0x1,10,4.0,978300760", "1,10,,978300760",
         '"1",10,4.0,978300760', "1000000000,10,4.0,978300760", "1,10,4.0,978300760,"]
    ),
)  # fmt: skip
FILES = st.tuples(
    st.lists(st.one_of(FINE, FINE, FINE, ODD), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)


@given(FILES, st.integers(1, 40))
def test_blocks_of_any_size_and_either_way_give_the_same(
    file: tuple[list[str], str, bool], piece: int
) -> None:
    lines, end, closed = file
    content = end.join([HEADER.decode(), *lines]).encode() + (end.encode() if closed else b"")
    strict = pytest.MonkeyPatch()
    with strict.context() as patch:
        patch.setattr(rating_blocks, "_plain", lambda *_: None)
        expected = found(read(content))

    assert found(read(content)) == expected
    assert found(read(content, piece=piece)) == expected


def test_plain_blocks_are_read_without_the_strict_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating_blocks, "parse_row", None)

    rows, _ = found(read(b"\n".join([HEADER, LINE, b"2,20,0.5,978300761"]) + b"\n"))

    assert rows == [(0, 1, 10, 8, 978300760), (1, 2, 20, 1, 978300761)]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + b"\r\n" + LINE + b"\r\n",
        b"\xef\xbb\xbf" + HEADER + b"\n" + LINE + b"\n",
        HEADER + b"\r" + LINE + b"\r",
        HEADER + b"\n" + LINE,
        HEADER + b"\r\n" + LINE + b"\n",
    ],
    ids=["CRLF", "BOM", "CR", "no final line end", "mixed"],
)
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_line_ends_and_byte_order_marks_make_no_difference(content: bytes, piece: int) -> None:
    assert found(read(content, piece=piece)) == ([(0, 1, 10, 8, 978300760)], [])


@pytest.mark.parametrize(
    ("layout", "line"),
    [(OF_1M, b"1::10::4::978300760"), (OF_1M, b"1::10::4.0::978300760"),
     (OF_100K, b"1\t10\t4\t978300760")],
)  # fmt: skip
def test_files_without_a_header_are_read_from_the_first_line(layout: Layout, line: bytes) -> None:
    rows, rejected = found(read(line + b"\n" + line + b"\n", layout))

    assert [row[0] for row in rows] == [0, 1]
    assert not rejected


def test_a_header_in_another_order_is_read_by_name() -> None:
    layout = Layout(Role.ratings, ",", ("movieId", "timestamp", "userId", "rating"), header=True)

    rows, _ = found(read(b"movieId,timestamp,userId,rating\n10,978300760,1,4.0\n", layout))

    assert rows == [(0, 1, 10, 8, 978300760)]


def test_further_columns_are_passed_over() -> None:
    layout = Layout(Role.ratings, ",", (*HEADERS[Role.ratings], "note"), header=True)

    rows, _ = found(read(HEADER + b",note\n" + LINE + b",fine\n", layout))

    assert rows == [(0, 1, 10, 8, 978300760)]


def test_a_rejected_line_is_numbered_as_an_editor_does_and_counts_as_a_row() -> None:
    rows, rejected = found(read(b"\n".join([HEADER, LINE, b"junk", LINE])))

    assert rejected == [(3, Reason.columns)]
    assert [row[0] for row in rows] == [0, 2]


@pytest.mark.parametrize("piece", [1000, 1 << 22])
def test_a_line_beyond_all_measure_is_rejected_and_the_next_one_read(piece: int) -> None:
    endless = b"9" * (10 * MAX_LINE_BYTES)
    content = b"\n".join([HEADER, endless, LINE]) + b"\n"

    rows, rejected = found(read(content, piece=piece))

    assert rejected == [(2, Reason.line_length)]
    assert [row[0] for row in rows] == [1]


def test_a_quote_that_is_never_closed_costs_its_line_alone() -> None:
    rows, rejected = found(read(b"\n".join([HEADER, b'1,"10,4.0,978300760', LINE])))

    assert (len(rows), rejected) == (1, [(2, Reason.id)])


def test_a_file_of_a_header_alone_has_no_rows() -> None:
    assert found(read(HEADER + b"\n")) == ([], [])


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_line_is_no_row_and_moves_no_other(blank: str) -> None:
    content = "\n".join([HEADER.decode(), LINE.decode(), blank, LINE.decode(), blank, "x", blank])

    rows, rejected = found(read(content.encode()))

    assert [row[0] for row in rows] == [0, 2]
    assert rejected == [(6, Reason.columns)]


PARTED = st.lists(st.lists(st.one_of(FINE, FINE, ODD), max_size=4), min_size=1, max_size=5)


@given(PARTED, st.lists(st.booleans(), min_size=5, max_size=5), st.booleans(), st.integers(1, 40))
def test_a_file_in_parts_cut_at_any_rows_gives_the_same_rows(
    parts: list[list[str]], headers: list[bool], closed: bool, piece: int
) -> None:
    lines = [line for part in parts for line in part]
    whole = read("".join(f"{line}\n" for line in [HEADER.decode(), *lines]).encode())

    def written(part: list[str], header: bool) -> Held:
        rows = [HEADER.decode()] * header + part
        end = "\n" if rows and (closed or not rows[-1]) else ""
        return Held(("\n".join(rows) + end).encode(), piece)

    made = [
        Part(written(part, header), replace(CSV, header=header))
        for part, header in zip(parts, headers, strict=False)
    ]
    blocks = list(read_blocks(Table("it", "it", made), LATEST_S))

    assert found(blocks)[0] == found(whole)[0]
    assert [one.reason for block in blocks for one in block.rejected] == [
        one.reason for block in whole for one in block.rejected
    ]


def test_a_rejected_line_is_named_by_its_part() -> None:
    good, bad = Held(HEADER + b"\n" + LINE + b"\n"), Held(HEADER + b"\njunk\n", name="part-1.csv")

    blocks = read_blocks(table(CSV, good, bad), LATEST_S)

    assert [one.where for block in blocks for one in block.rejected] == ["part-1.csv line 2"]


def test_the_bytes_are_seen_as_they_come() -> None:
    content, seen = HEADER + b"\n" + LINE, bytearray()

    list(read_blocks(table(CSV, Held(content, 5)), LATEST_S, seen.extend))

    assert bytes(seen) == content

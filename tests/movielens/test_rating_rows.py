import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event_parser import EARLIEST_RATED_AT_MS
from contracts.events import FIRST_VISITOR_ID, MAX_ID
from movielens.file_layouts import HEADERS, Layout, Role
from movielens.rating_rows import (
    CLOCK_FROM_S,
    MalformedRow,
    Reason,
    Row,
    latest_second,
    parse_row,
)

CSV = Layout(Role.ratings, ",", HEADERS[Role.ratings], header=True)
OF_1M = Layout(Role.ratings, "::", HEADERS[Role.ratings], header=False)
LATEST_S = 1_763_632_800
ROWS = st.builds(
    Row,
    st.integers(1, FIRST_VISITOR_ID - 1),
    st.integers(1, MAX_ID),
    st.integers(1, 10),
    st.integers(EARLIEST_RATED_AT_MS // 1000, LATEST_S),
)


def parsed(line: str | bytes, layout: Layout = CSV) -> Row | Reason:
    try:
        return parse_row(line if isinstance(line, bytes) else line.encode(), layout, LATEST_S)
    except MalformedRow as error:
        return error.reason


def line(row: Row, separator: str = ",") -> str:
    fields = (row.user_id, row.movie_id, row.half_stars / 2, row.rated_at_s)
    return separator.join(map(str, fields))


@given(ROWS, st.sampled_from([CSV, OF_1M]))
def test_a_rating_is_read_as_it_was_written(row: Row, layout: Layout) -> None:
    assert parsed(line(row, layout.separator), layout) == row


@given(st.binary(max_size=60))
def test_any_line_is_a_rating_or_rejected_for_a_reason(content: bytes) -> None:
    assert isinstance(parsed(content), Row | Reason)


@given(ROWS, st.data())
def test_no_other_line_than_the_canonical_one_is_that_rating(row: Row, data: st.DataObject) -> None:
    written = line(row)
    at = data.draw(st.integers(0, len(written)))
    cut = data.draw(st.integers(0, 2))
    other = written[:at] + data.draw(st.text(max_size=2)) + written[at + cut :]

    same = other in {written, written.replace(".0,", ",")}

    assert (parsed(other) == row) == same


def test_whole_stars_need_no_decimals() -> None:
    assert parsed("1::10::5::978300760", OF_1M) == Row(1, 10, 10, 978300760)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.columns),
        (",,,", Reason.columns),
        ("1,10,4.0", Reason.columns),
        ("1,10,4.0,978300760,6", Reason.columns),
        ("1::10::4::978300760", Reason.columns),
        ("1\t10\t4\t978300760", Reason.columns),
        ("1,10,4.0,978300760" + " " * 5000, Reason.line_length),
        ("1,10,4.0,978300760\x00", Reason.encoding),
        (b"1,10,4.0,97830076\xff", Reason.encoding),
        ('1,10,"4.0,978300760', Reason.rating),
        ('"1,10,4.0,978300760', Reason.id),
    ],
)
def test_a_line_of_another_shape_is_rejected(text: str | bytes, reason: Reason) -> None:
    assert parsed(text) is reason


@pytest.mark.parametrize(
    "user", ["0", "-1", "1.0", "1e3", "+1", " 1", "1 ", "1_000", "007", "0x1", "１", "", "x"]
)
@pytest.mark.parametrize("column", ["user", "movie"])
def test_only_canonical_positive_decimals_are_ids(user: str, column: str) -> None:
    text = f"{user},10,4.0,978300760" if column == "user" else f"1,{user},4.0,978300760"

    assert parsed(text) is Reason.id


@pytest.mark.parametrize(
    ("user", "movie", "fine"),
    [
        (999_999_999, 2**31 - 1, True),
        (10**9, 1, False),
        (2**31, 1, False),
        (1, 2**31, False),
        (1, 2**63, False),
        (int("9" * 40), 1, False),
    ],
)
def test_ids_have_a_largest(user: int, movie: int, fine: bool) -> None:
    found = parsed(f"{user},{movie},4.0,978300760")

    assert found == (Row(user, movie, 8, 978300760) if fine else Reason.id_range)


@pytest.mark.parametrize(
    "stars",
    ["0", "0.0", "5.5", "3.7", "-1", "NaN", "inf", "1e999", "1e300", "3,5", "", "five", "4.50"],
)
def test_only_half_stars_from_a_half_to_five_are_ratings(stars: str) -> None:
    assert parsed(f"1,10,{stars},978300760") in {Reason.rating, Reason.columns}


@pytest.mark.parametrize("half_stars", range(1, 11))
def test_all_ten_half_stars_are_ratings(half_stars: int) -> None:
    found = parsed(f"1,10,{half_stars / 2},978300760")

    assert found == Row(1, 10, half_stars, 978300760)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("0", Reason.ts_range),
        ("-5", Reason.ts),
        ("978300760.5", Reason.ts),
        ("", Reason.ts),
        ("2020-01-01", Reason.ts),
        ("4070908800", Reason.ts_range),  # 2099
        ("9" * 20, Reason.ts_range),
        ("9" * 5000, Reason.line_length),
        (str(LATEST_S + 1), Reason.ts_range),
    ],
)
def test_a_time_is_seconds_since_the_epoch_within_range(at: str, reason: Reason) -> None:
    assert parsed(f"1,10,4.0,{at}") is reason


@pytest.mark.parametrize(
    ("at", "unit"), [("978300760000", "milliseconds"), ("978300760000000", "microseconds")]
)
def test_a_time_in_another_unit_is_said_to_be_so(at: str, unit: str) -> None:
    with pytest.raises(MalformedRow, match=f"looks like {unit}"):
        parse_row(f"1,10,4.0,{at}".encode(), CSV, LATEST_S)


def test_the_offending_value_is_shortened() -> None:
    with pytest.raises(MalformedRow) as refused:
        parse_row(b"1,10," + b"9" * 4000 + b",978300760", CSV, LATEST_S)

    assert len(str(refused.value)) < 100


def test_a_clock_before_2020_is_not_believed() -> None:
    assert latest_second(0) == CLOCK_FROM_S + 300
    assert latest_second(LATEST_S * 1000) == LATEST_S + 300

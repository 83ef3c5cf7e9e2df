from collections.abc import Iterator

import pytest

from contracts.process_exit import Failure
from harness.builders import movielens
from movielens.release import open_release
from movielens.time_order import Ordered, in_time_order
from producer.replay_range import replay_range, row_number
from tests.failures import says

DAY_S = 86_400
NEW_YEAR_S = 978_307_200
"""1 January 2001."""


@pytest.fixture(scope="module")
def ten_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordered]:
    """A rating at noon of each of the ten days from New Year 2001."""
    text = "".join(f"{n + 1},10,4.0,{NEW_YEAR_S + n * DAY_S + DAY_S // 2}\n" for n in range(10))
    release = open_release(movielens(tmp_path_factory.mktemp("release"), text))
    with in_time_order(release, 1_763_632_800) as ratings:
        yield ratings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0%", 0),
        ("100%", 10),
        ("25%", 2),
        ("90.0%", 9),
        ("0", 0),
        ("7", 7),
        ("2001-01-01", 0),
        ("2001-01-02", 1),
        ("2001-01-02T12:00:00Z", 1),
        ("2001-01-02T12:00:01", 2),
        ("2001-01-02T12:00:00.5", 2),
        ("2001-01-02T11:59:59.5", 1),
        ("2001-01-02T14:00:01+02:00", 2),
        ("2030-01-01", 10),
    ],
)
def test_a_place_is_a_share_a_row_or_a_time(ten_days: Ordered, text: str, expected: int) -> None:
    assert row_number(ten_days, "--from", text) == expected


@pytest.mark.parametrize("text", ["", "0.9", "101%", "-1", "1e3", "yesterday", "％", "١%"])
def test_what_is_no_place_is_a_usage_error(ten_days: Ordered, text: str) -> None:
    with pytest.raises(Failure, check=says(r"nor a time \(--from\): use e\.g\. 90%, 1000 or 2018")):
        row_number(ten_days, "--from", text)


@pytest.mark.parametrize(
    ("first", "until", "limit", "expected"),
    [
        ("0%", "100%", None, (0, 10)),
        ("90%", "100%", None, (9, 10)),
        ("2001-01-03", "8", None, (2, 8)),
        ("0%", "100%", 3, (0, 3)),
        ("8", "100%", 3, (8, 10)),
        ("0%", "99", None, (0, 10)),
    ],
)
def test_a_span_lies_between_two_places(
    ten_days: Ordered, first: str, until: str, limit: int | None, expected: tuple[int, int]
) -> None:
    assert replay_range(ten_days, first, until, limit) == expected


@pytest.mark.parametrize(("first", "until"), [("5", "5"), ("90%", "10%"), ("99", "100%")])
def test_an_empty_span_is_a_usage_error(ten_days: Ordered, first: str, until: str) -> None:
    with pytest.raises(Failure, match="none of the 10 rows lies between") as refused:
        replay_range(ten_days, first, until, None)

    assert refused.value.code == 2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movielens.rating_blocks import Ratings
from producer.pace import at_rate, at_speed, unlimited


def rated_at(*seconds: int) -> Ratings:
    at = np.array(seconds, np.int64)
    return Ratings(at, at.astype(np.int32), at.astype(np.int32), at.astype(np.uint8), at)


COMING = rated_at(100, 100, 110, 160)


def test_without_a_limit_everything_is_due() -> None:
    assert unlimited(0, 0, COMING) == 4


@pytest.mark.parametrize(("elapsed_s", "due"), [(0, 1), (0.099, 1), (0.1, 2), (0.25, 3), (9, 4)])
def test_rows_are_due_at_the_rate(elapsed_s: float, due: int) -> None:
    assert at_rate(10)(elapsed_s, 0, COMING) == due


def test_what_was_sent_is_not_due_again() -> None:
    assert at_rate(10)(0.25, 3, COMING) == 0


def test_what_was_late_is_made_up_for() -> None:
    assert at_rate(10)(0.5, 2, COMING) == 4


@given(st.floats(0.01, 1e6), st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_never_more_rows_than_the_rate_allows(rate: float, looks: list[float]) -> None:
    pace, sent = at_rate(rate), 0
    for elapsed_s in sorted(looks):
        sent += pace(elapsed_s, sent, COMING)

        assert sent <= 1 + elapsed_s * rate


@pytest.mark.parametrize(("elapsed_s", "due"), [(0, 2), (0.9, 2), (1, 3), (5.9, 3), (6, 4)])
def test_rows_are_due_by_their_own_time_sped_up(elapsed_s: float, due: int) -> None:
    assert at_speed(10, began_s=100)(elapsed_s, 0, COMING) == due

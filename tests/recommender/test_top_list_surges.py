import numpy as np
import pytest

from recommender.top_list_surges import jumped


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (0, 21, True),
        (1, 21, True),
        (1, 20, False),  # 2 % is not more than 2 %
        (2, 500, False),  # it was in 0.2 % of the lists
        (21, 0, False),
    ],
)
def test_a_movie_jumps_from_below_a_500th_of_the_lists_to_above_a_50th(
    before: int, after: int, found: bool
) -> None:
    rows = jumped(np.array([3, before, 3]), np.array([3, after, 3]), users=1000)

    assert rows.tolist() == [1] * found


def test_in_a_small_panel_nine_people_are_not_yet_a_crowd() -> None:
    assert jumped(np.array([0, 0]), np.array([9, 10]), users=300).tolist() == [1]


def test_a_movie_that_one_of_a_hundred_had_was_not_unknown() -> None:
    assert not len(jumped(np.array([1]), np.array([60]), users=100))


def test_an_empty_panel_holds_nothing() -> None:
    assert not len(jumped(np.zeros(3, np.intp), np.zeros(3, np.intp), users=0))

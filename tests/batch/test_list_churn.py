"""What a switch changes for people."""

import numpy as np
import pytest

from batch.list_churn import PEOPLE, ListChurn, compare_lists, sample_users
from harness.batch.checkerboard import checkerboard, said
from harness.batch.degraded_models import fit


def lists(*rows: list[int]) -> list[np.ndarray]:
    return [np.array(row, np.uint32) for row in rows]


@pytest.mark.parametrize(
    ("after", "overlap"),
    [
        (lists([1, 2], [3, 4], [5, 6]), 1.0),
        (lists([1, 9], [3, 8], [5, 7]), 0.5),
        (lists([2, 1], [9, 8], [9, 8]), 0.0),
    ],
)
def test_overlap_is_what_the_median_list_keeps(after: list[np.ndarray], overlap: float) -> None:
    assert ListChurn(lists([1, 2], [3, 4], [5, 6]), after).overlap == overlap


def test_who_had_no_list_does_not_count() -> None:
    assert ListChurn(lists([], [1, 2]), lists([3, 4], [1, 2])).overlap == 1.0
    assert ListChurn(lists([]), lists([1])).overlap == 1.0


def test_the_same_model_changes_nothing() -> None:
    model = fit(checkerboard().rated).model

    assert compare_lists(model, model, sample_users(checkerboard())).overlap == 1.0


def test_a_panel_is_a_bounded_sample_and_always_the_same() -> None:
    users = np.arange(1, 3 * PEOPLE)
    many = said(users, users, np.full_like(users, 8))

    assert len(sample_users(many).movies) == PEOPLE
    assert np.array_equal(sample_users(many).movies, sample_users(many).movies)
    assert len(sample_users(said(users[:5], users[:5], users[:5] * 2)).movies) == 5

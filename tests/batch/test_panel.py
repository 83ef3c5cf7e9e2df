"""What a switch changes for people."""

import numpy as np
import pytest

from batch.panel import PEOPLE, Switch, panel, switch
from tests.batch.crowd import fit
from tests.batch.tastes import checkerboard, said


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
    assert Switch(lists([1, 2], [3, 4], [5, 6]), after).overlap == overlap


def test_who_had_no_list_does_not_count() -> None:
    assert Switch(lists([], [1, 2]), lists([3, 4], [1, 2])).overlap == 1.0
    assert Switch(lists([]), lists([1])).overlap == 1.0


def test_the_same_model_changes_nothing() -> None:
    model = fit(checkerboard().rated).model

    assert switch(model, model, panel(checkerboard())).overlap == 1.0


def test_a_panel_is_a_bounded_sample_and_always_the_same() -> None:
    users = np.arange(1, 3 * PEOPLE)
    many = said(users, users, np.full_like(users, 8))

    assert len(panel(many).movies) == PEOPLE
    assert np.array_equal(panel(many).movies, panel(many).movies)
    assert len(panel(said(users[:5], users[:5], users[:5] * 2)).movies) == 5

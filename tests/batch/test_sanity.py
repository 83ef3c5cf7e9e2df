"""Lists that nobody may be shown."""

from dataclasses import replace

import numpy as np
import pytest

from batch.sanity import Insane, check
from batch.snapshot import Snapshot
from contracts.artefact import Model
from contracts.lists import RankedList
from tests.batch.tastes import said
from tests.builders import model, ranked

LIMIT = 5
FEW = 6
"""Movies of the model: 10 to 60."""


def people(count: int = 200) -> Snapshot:
    """Everybody likes movie 10."""
    users = np.arange(1, count + 1)
    return said(users, np.full(count, 10), np.full(count, 8))


def lists(count: int = 200) -> dict[int, RankedList]:
    return {user: ranked(20, 30, 40, 50, 60) for user in range(1, count + 1)}


@pytest.fixture
def few() -> Model:
    return model(movies=FEW)


def test_whole_lists_for_everybody_pass(few: Model) -> None:
    check(people(), few, lists(), LIMIT)


def test_one_in_a_hundred_may_be_without(few: Model) -> None:
    check(people(), few, lists(198), LIMIT)

    with pytest.raises(Insane, match="197 of 200"):
        check(people(), few, lists(197), LIMIT)


def test_who_likes_nothing_needs_no_list(few: Model) -> None:
    hated = said(np.arange(1, 201), np.full(200, 10), np.full(200, 2))

    check(hated, few, {}, LIMIT)


def test_a_list_that_is_too_short_is_refused(few: Model) -> None:
    with pytest.raises(Insane, match="4 movies where 5 are open"):
        check(people(), few, lists() | {7: ranked(20, 30, 40, 50)}, LIMIT)


def test_a_list_is_as_long_as_there_are_movies_to_show(few: Model) -> None:
    check(people(), few, lists(), limit=100)


@pytest.mark.parametrize("scores", [[1, 2, 3, 4, 5], [5, 4, np.nan, 2, 1], [np.inf, 4, 3, 2, 1]])
def test_scores_that_are_no_ranking_are_refused(few: Model, scores: list[float]) -> None:
    bad = replace(ranked(20, 30, 40, 50, 60), scores=np.array(scores, np.float32))

    with pytest.raises(Insane, match="order"):
        check(people(), few, lists() | {7: bad}, LIMIT)

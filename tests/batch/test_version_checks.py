"""Lists that nobody may be shown."""

import numpy as np
import pytest

from batch.list_churn import ListChurn
from batch.snapshot import Snapshot
from batch.version_checks import VersionRejected, check, check_churn
from contracts.artefact import Model
from contracts.histories import RETRACTED
from contracts.ranked_lists import ENTRY, UserLists
from harness.batch.checkerboard import said
from harness.builders import AT_MS, model

LIMIT = 5
FEW = 6
"""Movies of the model: 10 to 60."""


def people(count: int = 200) -> Snapshot:
    """Everybody likes movie 10."""
    users = np.arange(1, count + 1)
    return said(users, np.full(count, 10), np.full(count, 8))


def lists(count: int = 200, length: int = LIMIT) -> UserLists:
    """The same list for everybody."""
    entries = np.zeros((count, length), ENTRY)
    entries["movie"] = np.arange(20, 10 * (length + 2), 10)
    entries["score"] = np.linspace(1, 0.5, length)
    none = np.zeros(count, np.int64)
    users = np.arange(1, count + 1)
    counts = np.full(count, length, np.int32)
    return UserLists(1, AT_MS, none.astype(np.int32), users, none, none, counts, entries)


@pytest.fixture
def few() -> Model:
    return model(movies=FEW)


def test_whole_lists_for_everybody_pass(few: Model) -> None:
    check(people(), few, lists(), LIMIT)


def test_one_in_a_hundred_may_be_without(few: Model) -> None:
    check(people(), few, lists(198), LIMIT)

    with pytest.raises(VersionRejected, match="197 of 200"):
        check(people(), few, lists(197), LIMIT)


def test_who_likes_nothing_needs_no_list(few: Model) -> None:
    hated = said(np.arange(1, 201), np.full(200, 10), np.full(200, 2))

    check(hated, few, lists(0), LIMIT)


def test_a_list_that_is_too_short_is_refused(few: Model) -> None:
    short = lists()
    short.counts[7] = 4

    with pytest.raises(VersionRejected, match="4 movies out of 5"):
        check(people(), few, short, LIMIT)


def test_a_list_is_as_long_as_there_are_movies_to_show(few: Model) -> None:
    check(people(), few, lists(), limit=100)


def test_what_was_taken_back_is_open_again(few: Model) -> None:
    taken_back = people()
    taken_back.state[0] = RETRACTED

    with pytest.raises(VersionRejected, match="5 movies out of 6"):
        check(taken_back, few, lists(), limit=100)


@pytest.mark.parametrize("scores", [[1, 2, 3, 4, 5], [5, 4, np.nan, 2, 1], [np.inf, 4, 3, 2, 1]])
def test_scores_that_are_no_ranking_are_refused(few: Model, scores: list[float]) -> None:
    bad = lists()
    bad.entries["score"][7] = scores

    with pytest.raises(VersionRejected, match="1 lists"):
        check(people(), few, bad, LIMIT)


def test_what_lies_beyond_a_list_does_not_count(few: Model) -> None:
    padded = lists()
    padded.entries["score"][7, 4] = np.nan
    padded.counts[7] = 4

    check(people(), few, padded, limit=4)


def tens(count: int, *movies: int) -> list[np.ndarray]:
    """The same top ten for so many people."""
    return [np.array(movies, np.uint32)] * count


def liked(likes: int) -> Model:
    """A model whose movie 60 so many like."""
    one = model(movies=FEW)
    one.likes[-1] = likes
    return one


PUSHED = ListChurn(tens(500, 10, 20), [*tens(480, 10, 20), *tens(20, 10, 60)])


def test_a_movie_that_nobody_had_and_many_get_is_refused() -> None:
    with pytest.raises(VersionRejected, match="movies 60"):
        check_churn(PUSHED, people(600), liked(30))


def test_one_that_more_than_a_twentieth_of_all_like_has_come_out() -> None:
    check_churn(PUSHED, people(600), liked(31))


def test_one_that_a_few_get_passes() -> None:
    some = ListChurn(tens(500, 10, 20), [*tens(490, 10, 20), *tens(10, 10, 60)])

    check_churn(some, people(600), liked(0))


def test_one_that_some_had_before_may_spread() -> None:
    spread = ListChurn([*tens(498, 10, 20), *tens(2, 60)], tens(500, 10, 60))

    check_churn(spread, people(600), liked(0))

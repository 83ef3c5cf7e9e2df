import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.content_agreement import common_content, shares

HORROR, COMEDY, BOTH, NOTHING = np.array([[1, 0], [0, 1], [0.5**0.5] * 2, [0, 0]], np.float32)
LIKES = st.lists(st.integers(0, 3), max_size=8)


def content(*movies: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.array(movies, np.float32).reshape(-1, 2)


@pytest.mark.parametrize("counts", [1.0, 0.3])
def test_a_single_like_agrees_with_nothing(counts: float) -> None:
    assert shares(content(HORROR), np.array([counts])).tolist() == [0]


def test_agreement_weighs_likes_by_what_they_count_for() -> None:
    # together (1 + .5, .5): 2.5 - (1 + .25 + .25), over 2 * 2
    found = shares(content(HORROR, HORROR, COMEDY), np.array([1.0, 0.5, 0.5]))

    assert found == pytest.approx(np.array([1, 0.5, 0.5]) / 2 * 0.25**2)


@pytest.mark.parametrize("likes", [2, 5, 50])
def test_likes_that_are_all_alike_add_nearly_all_of_it(likes: int) -> None:
    found = shares(content(*[HORROR] * likes), np.ones(likes))

    assert found.sum() == pytest.approx((1 - 1 / likes) ** 2)


def test_likes_that_have_nothing_in_common_add_nothing() -> None:
    assert shares(content(HORROR, COMEDY), np.ones(2)).tolist() == [0, 0]


def test_likes_of_which_nothing_is_known_add_nothing() -> None:
    assert shares(content(NOTHING, NOTHING), np.ones(2)).tolist() == [0, 0]


def test_the_more_likes_agree_the_more_is_added() -> None:
    few, some, all_ = (
        shares(content(*movies), np.ones(3)).sum()
        for movies in ([HORROR, COMEDY, BOTH], [HORROR, HORROR, BOTH], [HORROR] * 3)
    )

    assert few < some < all_


def test_what_counts_for_nothing_changes_nothing() -> None:
    alone = shares(content(HORROR, BOTH), np.ones(2))
    beside = shares(content(HORROR, COMEDY, BOTH), np.array([1.0, 0.0, 1.0]))

    assert beside == pytest.approx([alone[0], 0, alone[1]])


def test_likes_of_this_evening_agree_whatever_was_liked_long_ago() -> None:
    counted = np.array([1.0] * 5 + [1e-9] * 20)

    found = shares(content(*[HORROR] * 5, *[COMEDY] * 20), counted)

    assert found.sum() == pytest.approx((1 - 1 / 5) ** 2, rel=1e-6)


@settings(deadline=None)  # the first example loads the kernel
@given(st.lists(LIKES, max_size=5))
def test_many_people_at_once_get_what_each_gets_alone(people: list[list[int]]) -> None:
    movies = content(HORROR, COMEDY, BOTH, NOTHING)
    starts = np.cumsum([0, *map(len, people)])
    rows = np.array([row for one in people for row in one], np.int32)

    found = common_content(movies, starts, rows)

    assert found.shape == (len(people), 2)
    for one, what in zip(people, found, strict=True):
        alone = shares(movies[one], np.ones(len(one))) @ movies[one]
        assert what == pytest.approx(alone)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.histories import DISMISSED, RETRACTED
from recommender.recency_weights import LIKES_AGO, counted

LIKE, NEUTRAL, HATE = 10, 6, 2
Row = tuple[int, int]

rows = st.lists(
    st.tuples(st.sampled_from([LIKE, 8, NEUTRAL, HATE, RETRACTED, DISMISSED]), st.integers(0, 5)),
    min_size=1,
)
focuses = st.floats(0, 1)


def weights(said: list[Row], focus: float) -> list[float]:
    half_stars, at_ms = zip(*said, strict=True)
    found = counted(np.array(half_stars, np.uint8), np.array(at_ms, np.int64), focus)
    return list(found.tolist())


@given(rows)
def test_without_focus_everything_counts_for_one(said: list[Row]) -> None:
    assert weights(said, 0) == [1.0] * len(said)


@given(rows, focuses)
def test_a_rating_is_as_old_as_there_are_newer_likes(said: list[Row], focus: float) -> None:
    found = weights(said, focus)

    for (_, at_ms), weight in zip(said, found, strict=True):
        age = sum(other in {LIKE, 8} and later > at_ms for other, later in said)
        assert weight == pytest.approx(1 - focus + focus * np.exp(-age / LIKES_AGO))


@given(rows.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))), focuses)
def test_order_says_nothing(both: tuple[list[Row], list[Row]], focus: float) -> None:
    said, permuted = both

    by_row = dict(zip(said, weights(said, focus), strict=True))

    assert weights(permuted, focus) == [by_row[row] for row in permuted]


@given(rows, focuses)
def test_likes_that_went_away_make_nothing_older(said: list[Row], focus: float) -> None:
    gone = [(RETRACTED, 9), (DISMISSED, 9), (NEUTRAL, 9), (HATE, 9)]

    assert weights([*said, *gone], focus)[: len(said)] == weights(said, focus)


def test_a_rating_that_is_changed_is_as_new_as_the_change() -> None:
    before, changed = [(LIKE, 1), (LIKE, 2), (LIKE, 3)], [(8, 4), (LIKE, 2), (LIKE, 3)]

    assert weights(before, 1)[0] < weights(before, 1)[2]
    assert weights(changed, 1) == [weights(before, 1)[2], *weights(before, 1)[:2]]

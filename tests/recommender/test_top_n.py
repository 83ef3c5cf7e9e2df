import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.top_n import top

SCORES = st.lists(st.sampled_from([-1.5, 0.0, 0.25, 1.0]) | st.floats(-9, 9, width=32), max_size=30)


def indices(*at: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.array(at, np.intp)


@given(SCORES, st.data())
def test_the_top_is_what_sorting_gives(scores: list[float], data: st.DataObject) -> None:
    limit = data.draw(st.integers(0, 35))
    masked = data.draw(st.sets(st.integers(0, len(scores) - 1))) if scores else set()

    best = top(np.array(scores, np.float32), indices(*masked), limit)

    open_ = [at for at in range(len(scores)) if at not in masked]
    assert best.tolist() == sorted(open_, key=lambda at: (-np.float32(scores[at]), at))[:limit]


def test_a_masked_movie_never_appears() -> None:
    assert top(np.array([3, 2, 1], np.float32), indices(0, 2), 3).tolist() == [1]


def test_equal_scores_are_ordered_by_index() -> None:
    assert top(np.array([1, 2, 1, 2, 1], np.float32), indices(), 4).tolist() == [1, 3, 0, 2]


def test_nothing_is_left_where_everything_is_masked() -> None:
    assert len(top(np.ones(3, np.float32), indices(0, 1, 2), 2)) == 0


def test_the_scores_are_left_as_they_were() -> None:
    scores = np.array([3, 2, 1], np.float32)

    top(scores, indices(0), 2)

    assert scores.tolist() == [3, 2, 1]

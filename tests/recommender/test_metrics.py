import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, Qrel, R, ScoredDoc, Success, nDCG

from recommender import metrics

K, MOVIES, USERS = 10, 40, 5
ALIKE = np.ones(MOVIES)
THEIRS = {
    "ndcg": nDCG @ K,
    "recall": R @ K,
    "precision": P @ K,
    "map": AP @ K,
    "mrr": RR @ K,
    "hit_rate": Success @ K,
}


def lists_and_likes(data: st.DataObject) -> tuple[np.ndarray, list[set[int]]]:
    """Lists of K movies, shorter ones ended by -1, and what each user turned out to like."""
    movies = st.integers(0, MOVIES - 1)
    lists = np.full((USERS, K), -1, np.int32)
    for row in lists:
        some = data.draw(st.lists(movies, unique=True, max_size=K))
        row[: len(some)] = some
    return lists, [data.draw(st.sets(movies, max_size=15)) for _ in range(USERS)]


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_metrics_equal_those_of_ir_measures(data: st.DataObject) -> None:
    lists, likes = lists_and_likes(data)
    users, movies = pairs(likes)
    found, judged = metrics.hits(lists, users, movies, ALIKE)
    judgements = [Qrel(str(u), str(m), 1) for u, m in zip(users, movies, strict=True)]
    run = [
        ScoredDoc(str(u), str(m), float(K - place))
        for u, row in enumerate(lists.tolist())
        for place, m in enumerate(row)
        if m >= 0
    ]
    theirs = {
        (str(one.measure), one.query_id): one.value
        for one in ir_measures.iter_calc(list(THEIRS.values()), judgements, run)
    }

    for name, measure in THEIRS.items():
        mine = metrics.PER_USER[name](found)
        # A user with an empty list is in no run, so that the library says nothing.
        wanted = [theirs.get((str(measure), str(user)), 0.0) for user in judged]
        assert mine == pytest.approx(wanted, abs=1e-9), name


def pairs(likes: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    said = [(user, movie) for user, some in enumerate(likes) for movie in sorted(some)]
    return tuple(np.array(said, np.intp).reshape(-1, 2).T)  # type: ignore[return-value]


def test_users_without_a_held_out_like_are_left_out() -> None:
    lists = np.array([[0, 1], [2, 3]], np.int32)

    _, judged = metrics.hits(lists, np.array([1]), np.array([2]), ALIKE)

    assert judged.tolist() == [1]


def test_a_like_that_no_list_can_hold_is_a_miss() -> None:
    lists = np.array([[0, -1]], np.int32)

    found, _ = metrics.hits(lists, np.array([0, 0]), np.array([0, 39]), ALIKE)

    assert metrics.recall(found).tolist() == [0.5]


def test_the_end_of_a_short_list_is_no_movie() -> None:
    """-1 of user 1 would be the last movie of user 0."""
    lists = np.array([[0, -1], [-1, -1]], np.int32)

    found, _ = metrics.hits(lists, np.array([0, 1]), np.array([39, 5]), ALIKE)

    assert not found.at.any()


def test_a_stratified_hit_is_worth_less_where_many_like_the_movie() -> None:
    worth = metrics.stratified_worth(np.array([99.0, 0.0, 3.0]))
    lists = np.array([[0, 2]], np.int32)

    found, _ = metrics.hits(lists, np.zeros(3, np.intp), np.arange(3), worth)

    assert worth.tolist() == [0.1, 1.0, 0.5]
    assert metrics.recall(found).tolist() == [pytest.approx(0.6 / 1.6)]
    assert metrics.hit_rate(found).tolist() == [0.5]
    ideal = 1 + 0.5 / np.log2(3)
    assert metrics.ndcg(found).tolist() == [pytest.approx((0.1 + 0.5 / np.log2(3)) / ideal)]


def test_a_list_of_all_that_is_liked_by_worth_is_the_best_there_is() -> None:
    likes = np.array([5.0, 80.0, 0.0, 12.0])
    worth = metrics.stratified_worth(likes)
    lists = np.argsort(likes)[None].astype(np.int32)

    found, _ = metrics.hits(lists, np.zeros(4, np.intp), np.arange(4), worth)

    assert [float(one(found)[0]) for one in metrics.STRATIFIED.values()] == pytest.approx([1, 1, 1])


def test_coverage_is_the_share_of_movies_that_anybody_gets() -> None:
    assert metrics.coverage(np.array([[0, 1], [1, -1]]), 8) == 0.25


def test_a_movie_that_half_of_all_rated_is_one_bit_new() -> None:
    lists, raters = np.array([[0, 1]], np.int32), np.array([5, 10])

    assert metrics.novelty(lists, raters, users=10) == 0.5


@pytest.mark.parametrize(
    ("lists", "expected"),
    [([[0, 1], [2, 3]], 0.0), ([[0], [0]], 0.75), ([[0, 1], [0, 1]], 0.5), ([[-1]], 0.0)],
)
def test_gini_is_nought_where_all_are_listed_equally(
    lists: list[list[int]], expected: float
) -> None:
    assert metrics.gini(np.array(lists, np.int32), 4) == pytest.approx(expected)


def test_errors_are_those_of_the_book() -> None:
    predicted, given = np.array([4.0, 3.0]), np.array([5.0, 3.0])

    assert metrics.rmse(predicted, given) == pytest.approx(np.sqrt(0.5))
    assert metrics.mae(predicted, given) == 0.5

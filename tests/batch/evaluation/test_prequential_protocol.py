"""The walk as a protocol: its groups, stratified hits, and the control."""

import numpy as np

from batch.evaluation.contender_types import POPULAR, Contenders
from batch.evaluation.popularity_models import popular
from batch.evaluation.prequential_protocol import groups, prequential, shuffled_in_sessions
from batch.evaluation.splits import in_time
from recommender.prequential_evaluation import run_prequential
from recommender.sessions import sessions
from tests.batch.evaluation.small_datasets import drawn, ratings_of, split_of

CUT = 1_000


def test_a_like_is_of_the_group_of_its_gap() -> None:
    split = split_of(
        [(1, 1, 5.0, 0), (2, 1, 5.0, CUT - 60)],
        [(2, 2, 5.0, CUT), (1, 2, 5.0, CUT), (1, 3, 5.0, CUT + 3601), (3, 1, 5.0, CUT)],
    )

    cases = dict(groups(run_prequential(split, {})))

    by_gap = [int(cases[f"gap {gap}"].sum()) for gap in ("up to 60 s", "up to 1 h", "above 1 h")]
    assert by_gap == [1, 1, 1]
    assert cases["all"].sum() == 4


def test_the_control_has_the_same_sessions_with_their_movies_in_another_order() -> None:
    ratings = ratings_of(*((1, movie, 5.0, 10 * movie) for movie in range(1, 30)), (2, 5, 3.0, 7))

    control = shuffled_in_sessions(ratings)

    assert control.movies.tolist() != ratings.movies.tolist()
    for one, other in zip(sessions(ratings), sessions(control), strict=True):
        assert (one.user, one.at_s) == (other.user, other.at_s)
        assert sorted(ratings.movies[one.rows]) == sorted(control.movies[other.rows])
    pairs = zip(ratings.movies, ratings.half_stars, strict=True)
    assert sorted(pairs) == sorted(zip(control.movies, control.half_stars, strict=True))


class NextOnThePage:
    """Lists the movie that stands behind the one that was rated last."""

    def __init__(self, movies: int) -> None:
        self.movies = movies

    def scores(self, movies: np.ndarray, half_stars: np.ndarray) -> np.ndarray:
        scores = np.zeros(self.movies, np.float32)
        if len(movies):
            scores[(movies[-1] + 1) % self.movies] = 1
        return scores


def test_who_has_learned_the_page_is_found_out_by_the_control() -> None:
    before = [(user, movie, 5.0, user) for user in range(1, 5) for movie in (1, 40)]
    page = [
        (user, movie, 5.0, 10_000 + 100 * movie) for user in range(1, 3) for movie in range(2, 30)
    ]
    ratings = ratings_of(*before * 3, *page)

    def line_up(name: str) -> Contenders:
        return {"page": lambda train: NextOnThePage(len(train.movie_ids))}

    walk, control = prequential(ratings, line_up, 1, lambda _: None)

    hits, shuffled = (one.sums["all", "hit_rate@1"]["page"].sum() for one in (walk, control))
    assert hits == walk.counts["all"].sum()
    assert shuffled < 0.7 * hits


def test_what_is_rated_in_no_order_is_hit_as_often_in_the_control() -> None:
    ratings = drawn(users=60)

    def line_up(name: str) -> Contenders:
        return {POPULAR: popular}

    walk, control = prequential(ratings, line_up, 10, lambda _: None)

    assert (walk.protocol, control.protocol) == ("prequential", "prequential-shuffled")
    assert walk.counts["all"].sum() == control.counts["all"].sum()
    hits, shuffled = (one.sums["all", "hit_rate@10"][POPULAR].sum() for one in (walk, control))
    assert hits / shuffled == np.clip(hits / shuffled, 0.8, 1.25)


def test_stratified_hits_are_divided_by_what_all_likes_are_worth() -> None:
    ratings = drawn(users=60)

    def line_up(name: str) -> Contenders:
        return {POPULAR: popular}

    walk, _ = prequential(ratings, line_up, len(ratings.movie_ids), lambda _: None)

    k = len(ratings.movie_ids)
    everything = walk.sums["all", f"hit_rate_stratified@{k}"][POPULAR]
    assert np.allclose(everything, walk.divisor("all", f"hit_rate_stratified@{k}"))
    assert len(in_time(ratings).test) > walk.counts["all"].sum()

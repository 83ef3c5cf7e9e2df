import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from contracts.histories import DISMISSED, RETRACTED
from contracts.hyper_parameters import Parameters
from harness.builders import history, model
from recommender.fold_in import Folder
from tests.recommender.small_models import (
    HATE,
    LIKE,
    MOVIES,
    NEUTRAL,
    USERS,
    checkerboard,
    holding_all_alike,
    trained,
    with_content,
    withheld,
)


def vector_of(folder: Folder, rows: list[int], half_stars: list[int]) -> NDArray[np.float32]:
    vector = folder.vector(np.array(rows, np.intp), np.array(half_stars, np.uint8))
    assert vector is not None
    return vector


def score_of(folder: Folder, rows: list[int], half_stars: list[int], row: int) -> float:
    return float(folder.model.factors[row] @ vector_of(folder, rows, half_stars))


def test_the_vector_solves_the_normal_equations() -> None:
    one = holding_all_alike()
    p, y = one.parameters, one.factors.astype(np.float64)
    weight, target = np.full(len(y), p.unobserved_weight), np.zeros(len(y))
    weight[[0, 4]] += 1
    target[[0, 4]] = 1
    weight[2] += p.dislike_weight
    c = np.diag(weight)
    ridge = p.regularisation * (p.base_likes + 2) * np.eye(y.shape[1])
    direct = np.linalg.solve(y.T @ c @ y + ridge, y.T @ c @ target)

    vector = vector_of(Folder(one), [0, 2, 3, 4], [LIKE, HATE, NEUTRAL, 8])

    assert vector == pytest.approx(direct, rel=1e-4)


def test_popular_movies_are_held_harder_to_nothing_where_they_are_not_rated() -> None:
    one = model()
    likes = np.arange(len(one.movies), dtype=np.int32) * 10
    weighed = replace(one.parameters, popularity_exponent=0.5)
    y = one.factors.astype(np.float64)
    held = (likes + 1) ** 0.5
    held *= (y**2).sum() / (held @ (y**2).sum(1))
    ridge = weighed.regularisation * (weighed.base_likes + 1) * np.eye(y.shape[1])
    a = weighed.unobserved_weight * (y.T * held) @ y + np.outer(y[3], y[3]) + ridge
    direct = np.linalg.solve(a, (1 + weighed.unobserved_weight) * y[3])

    vector = vector_of(Folder(dataclasses.replace(one, likes=likes, parameters=weighed)), [3], [10])

    assert vector == pytest.approx(direct, rel=1e-4)


def test_without_an_exponent_all_movies_are_held_alike_to_the_bit() -> None:
    one = dataclasses.replace(model(), parameters=Parameters(popularity_exponent=0.0))
    more = dataclasses.replace(one, likes=one.likes + 100)

    assert Folder(one).gram.tobytes() == Folder(more).gram.tobytes()


def test_a_model_of_vectors_that_are_nothing_scores_nothing() -> None:
    one = model()
    nothing = dataclasses.replace(one, factors=np.zeros_like(one.factors))

    assert Folder(nothing).gram.tolist() == np.zeros((one.factors.shape[1],) * 2).tolist()


def test_a_list_is_ordered_by_score_and_leaves_out_what_was_seen() -> None:
    one = model()
    folder = Folder(one)

    made = folder.ranked(history({10: LIKE, 20: HATE, 30: NEUTRAL, 40: DISMISSED}), 100)

    scores = one.factors @ vector_of(folder, [0, 1, 2], [LIKE, HATE, NEUTRAL])
    scores += one.parameters.prior_weights[0] * one.prior
    wanted = sorted(range(4, 12), key=lambda row: -scores[row])
    assert made.movies.tolist() == [one.movies[row] for row in wanted]
    assert made.scores == pytest.approx(scores[wanted])


def test_a_retracted_movie_may_come_back() -> None:
    made = Folder(model()).ranked(history({10: LIKE, 20: RETRACTED}), 100)

    assert 20 in made.movies


def test_a_list_is_no_longer_than_asked() -> None:
    assert len(Folder(model()).ranked(history({10: LIKE}), 3).movies) == 3


@pytest.mark.parametrize(
    "states", [{}, {10: HATE}, {10: NEUTRAL, 20: HATE}, {10: DISMISSED}, {10: RETRACTED}]
)
def test_nobody_without_a_like_gets_a_list(states: dict[int, int]) -> None:
    made = Folder(model()).ranked(history(states), 10)

    assert len(made.movies) == len(made.scores) == len(made.stars_x10) == 0


def test_a_like_of_a_movie_that_the_model_does_not_know_makes_no_list() -> None:
    assert len(Folder(model()).ranked(history({15: LIKE, 99_999: LIKE}), 10).movies) == 0


def test_a_model_without_movies_makes_no_list() -> None:
    assert len(Folder(model(movies=0)).ranked(history({10: LIKE}), 10).movies) == 0


def test_a_dislike_lowers_the_movies_own_score() -> None:
    folder = Folder(model())
    rows = [row for row in range(1, 12) if score_of(folder, [0], [LIKE], row) > 0]

    assert rows
    for row in rows:
        before = score_of(folder, [0], [LIKE], row)
        assert score_of(folder, [0, row], [LIKE, HATE], row) < before


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), likes=st.sets(st.integers(0, 19), min_size=1, max_size=8))
def test_one_star_never_raises_and_never_makes_a_like(seed: int, likes: set[int]) -> None:
    folder = Folder(model(movies=20, seed=seed))
    liked = sorted(likes)

    for row in sorted(set(range(20)) - likes):
        before = score_of(folder, liked, [LIKE] * len(liked), row)
        after = score_of(folder, [*liked, row], [LIKE] * len(liked) + [2], row)
        assert after < before or before <= 0
        assert folder.vector(np.array([row]), np.array([2], np.uint8)) is None


def test_a_neutral_rating_leaves_the_vector_as_it_was() -> None:
    folder = Folder(model())

    with_neutral = vector_of(folder, [0, 1], [LIKE, NEUTRAL])

    assert with_neutral == pytest.approx(vector_of(folder, [0], [LIKE]))


@pytest.mark.parametrize(("likes", "group"), [(4, 0), (5, 1), (19, 1), (20, 2)])
def test_popularity_weighs_by_how_much_somebody_has_liked(likes: int, group: int) -> None:
    one = model(movies=30)
    folder, rows = Folder(one), np.arange(likes)
    stars = np.full(likes, LIKE, np.uint8)

    scores = folder.scores(rows, stars)

    assert scores is not None
    without = one.factors @ vector_of(folder, rows.tolist(), stars.tolist())
    beta = one.parameters.prior_weights[group]
    assert scores - without == pytest.approx(beta * one.prior, abs=1e-5)


def test_what_each_rating_adds_to_a_score_sums_to_the_score() -> None:
    one = model(movies=30)
    folder = Folder(one)
    rows, stars = np.arange(6), np.array([LIKE, HATE, NEUTRAL, 8, 3, 9], np.uint8)

    explained, scores = folder.explained(rows, stars, 17), folder.scores(rows, stars)

    assert explained is not None
    assert scores is not None
    whole = explained.by_rating.sum() + explained.by_popularity
    assert whole == pytest.approx(float(scores[17]), rel=1e-4)
    assert explained.by_rating[2] == 0


def test_what_likes_agree_in_is_added_to_the_solution() -> None:
    one = with_content()
    without = replace(one.parameters, content_agreement=0.0)
    rows, stars = [0, 2, 4, 5], [LIKE, LIKE, LIKE, HATE]

    vector = vector_of(Folder(one), rows, stars)

    plain = vector_of(Folder(dataclasses.replace(one, parameters=without)), rows, stars)
    expected = one.parameters.content_agreement * (1 - 1 / 3) ** 2
    assert vector - plain == pytest.approx([0, 0, 0, expected, 0], abs=1e-6)


def test_nothing_is_explained_to_somebody_without_a_like() -> None:
    assert Folder(model()).explained(np.array([0]), np.array([HATE], np.uint8), 3) is None


def test_on_a_checkerboard_everybody_first_gets_the_one_movie_of_the_own_taste() -> None:
    stars = checkerboard()
    folder = Folder(trained(stars))

    first = [
        int(folder.ranked(history({m + 1: int(s) for m, s in enumerate(row) if s}), 5).movies[0])
        for row in stars
    ]

    assert first == [withheld(user) + 1 for user in range(USERS)]


def test_on_a_checkerboard_one_like_tells_the_taste() -> None:
    folder = Folder(trained(checkerboard()))

    made = folder.ranked(history({1: LIKE}), MOVIES // 2 - 1)

    assert all(movie % 2 == 1 for movie in made.movies.tolist())

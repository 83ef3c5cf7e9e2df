"""Lists for this evening: fold-in where the latest ratings count for more."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.artefact import Model
from contracts.histories import RETRACTED, Entry, History
from harness.builders import model
from recommender.fold_in import Folder
from tests.recommender.small_models import (
    HATE,
    LIKE,
    NEUTRAL,
    checkerboard,
    holding_all_alike,
    trained,
    with_content,
)


@pytest.mark.parametrize("one", [model(movies=30), with_content()], ids=["plain", "content"])
def test_what_each_rating_adds_at_a_focus_sums_to_the_focused_score(one: Model) -> None:
    folder = Folder(one)
    rows, stars = np.arange(6), np.array([LIKE, HATE, NEUTRAL, 8, 3, 9], np.uint8)
    counted = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.0])

    explained = folder.explained(rows, stars, 17, counted)
    scores = folder.scores(rows, stars, counted)

    assert explained is not None
    assert scores is not None
    whole = explained.by_rating.sum() + explained.by_popularity
    assert whole == pytest.approx(float(scores[17]), rel=1e-4)


def test_likes_agree_by_what_they_count_for() -> None:
    one = with_content()
    without = replace(one.parameters, content_agreement=0.0)
    rows, stars, counted = np.array([0, 2, 3]), np.full(3, LIKE, np.uint8), np.array([1, 0.5, 0.5])

    with_it = Folder(one).vector(rows, stars, counted)
    plain = Folder(dataclasses.replace(one, parameters=without)).vector(rows, stars, counted)

    assert with_it is not None
    assert plain is not None
    mean, agreement = np.array([0.75, 0.25]), 0.25  # (1.5² + .5² - 1.5) / (2 * 2)
    added = one.parameters.content_agreement * agreement**2 * mean
    assert (with_it - plain)[-2:] == pytest.approx(added, abs=1e-6)


def test_the_focused_vector_solves_the_weighted_normal_equations() -> None:
    one = holding_all_alike()
    p, y = one.parameters, one.factors.astype(np.float64)
    counted = np.array([0.25, 0.5, 1.0])
    weight, pull = np.full(len(y), p.unobserved_weight), np.zeros(len(y))
    weight[[0, 2, 4]] += counted * [1, p.dislike_weight, 1]
    pull[[0, 4]] = counted[[0, 2]] * (1 + p.unobserved_weight)
    ridge = p.regularisation * (p.base_likes + 1.25) * np.eye(y.shape[1])
    direct = np.linalg.solve((y.T * weight) @ y + ridge, y.T @ pull)

    vector = Folder(one).vector(np.array([0, 2, 4]), np.array([LIKE, HATE, 8], np.uint8), counted)

    assert vector == pytest.approx(direct, rel=1e-4)


def test_ratings_that_count_alike_give_the_same_scores_to_the_bit() -> None:
    folder = Folder(model(movies=30))
    rows, stars = np.arange(6), np.array([LIKE, HATE, NEUTRAL, 8, 3, 9], np.uint8)

    alike, plain = folder.scores(rows, stars, np.ones(6)), folder.scores(rows, stars)

    assert alike is not None
    assert plain is not None
    assert alike.tobytes() == plain.tobytes()


@given(st.permutations([10, 20, 40, 50, 60]), st.floats(0, 1))
def test_a_focused_list_goes_by_times_alone(order: list[int], focus: float) -> None:
    said = {10: (LIKE, 5), 20: (HATE, 9), 40: (8, 5), 50: (RETRACTED, 99), 60: (NEUTRAL, 7)}
    entries = {movie: Entry(*said[movie]) for movie in order}

    made = Folder(model()).ranked(History(entries), 100, focus)

    sorted_first = Folder(model()).ranked(History(dict(sorted(entries.items()))), 100, focus)
    assert made.scores == pytest.approx(sorted_first.scores, rel=1e-4)


def test_at_full_focus_a_list_goes_by_the_latest_likes() -> None:
    folder = Folder(trained(checkerboard()))
    old = {movie: Entry(LIKE, movie) for movie in range(1, 14, 2)}
    lately = {movie: Entry(LIKE, 1_000) for movie in (2, 4, 6)}
    everything = History(old | lately)

    always, now = folder.ranked(everything, 3), folder.ranked(everything, 3, focus=1.0)

    assert all(movie % 2 == 1 for movie in always.movies.tolist())
    assert all(movie % 2 == 0 for movie in now.movies.tolist())


def test_a_movie_that_the_model_does_not_know_makes_nothing_older() -> None:
    entries = {10: Entry(LIKE, 1), 20: Entry(HATE, 2)}
    folder = Folder(model())

    with_unknown = folder.ranked(History(entries | {99_999: Entry(LIKE, 3)}), 5, focus=1.0)

    assert with_unknown.scores.tolist() == folder.ranked(History(entries), 5, 1.0).scores.tolist()

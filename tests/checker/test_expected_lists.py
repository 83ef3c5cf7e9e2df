"""The checker of lists, on a model small enough for pencil and paper, and on planted faults."""

import json
from pathlib import Path

import numpy as np
import pytest

from harness.checker.expected_lists import Artefact, Scorer, artefact_in, wrong_lists
from harness.checker.state_types import DISMISSED, RETRACTED, History, RankedList

MOVIES = (10, 20, 30, 40)
PARAMETERS = {
    "unobserved_weight": 0.5,
    "dislike_weight": 1.0,
    "regularisation": 0.1,
    "base_likes": 4.0,
    "prior_weights": [0.1, 0.2, 0.3],
    "popularity_exponent": 0.0,
}
LOVES_10 = History({10: (10, 1)}, 5)
USER = (1, 7)


@pytest.fixture
def artefact() -> Artefact:
    """Movies 10 and 20 are of one taste, 30 of another, 40 of both."""
    arrays = {
        "movies": np.array(MOVIES),
        "factors": np.array([[1, 0], [1, 0], [0, 1], [0.5, 0.5]], np.float32),
        "prior": np.array([1, 2, 3, 0], np.float32),
        "likes": np.array([3, 0, 8, 0], np.int32),
    }
    return Artefact(3, {1: 4}, PARAMETERS, arrays)


def true_list(artefact: Artefact, history: History = LOVES_10) -> RankedList:
    scores = Scorer(artefact).scores(history)
    ordered = sorted(scores.items(), key=lambda one: -one[1])
    return RankedList(3, history.next_offset, ordered)


def said(artefact: Artefact, have: RankedList | None, history: History = LOVES_10) -> list[str]:
    lists = {} if have is None else {USER: have}
    return wrong_lists({USER: history}, lists, artefact)


def test_scores_are_those_of_the_equations(artefact: Artefact) -> None:
    # gram 0.5 * [[2.25, .25], [.25, 1.25]], one like of (1, 0), ridge 0.1 * (4 + 1), pull 1.5
    a = np.array([[1.125 + 1 + 0.5, 0.125], [0.125, 0.625 + 0.5]])
    x = np.linalg.solve(a, [1.5, 0])

    scores = Scorer(artefact).scores(LOVES_10)

    wanted = {20: x[0] + 0.2, 30: x[1] + 0.3, 40: (x[0] + x[1]) / 2}
    assert scores == pytest.approx(wanted)


def test_popular_movies_are_held_harder_to_nothing(artefact: Artefact) -> None:
    # likes plus one: 4, 1, 9, 1, to the power of a half; lengths 1, 1, 1, 0.5
    held = np.array([2, 1, 3, 1]) * 3.5 / (2 + 1 + 3 + 0.5)
    both = held[3] / 4
    a = 0.5 * np.array([[held[0] + held[1] + both, both], [both, held[2] + both]])
    x = np.linalg.solve(a + np.diag([1 + 0.5, 0.5]), [1.5, 0])
    given = artefact._replace(parameters=PARAMETERS | {"popularity_exponent": 0.5})

    scores = Scorer(given).scores(LOVES_10)

    assert scores == pytest.approx({20: x[0] + 0.2, 30: x[1] + 0.3, 40: (x[0] + x[1]) / 2})


def test_what_likes_have_in_common_is_added_to_the_vector(artefact: Artefact) -> None:
    # content 1 of movie 30 and .5 of 40: agreement (1.5² - 1.25) / (2 * 1.25), mean .75
    added = 2.0 * 0.4**2 * 0.75
    history = History({30: (10, 1), 40: (9, 2)}, 5)
    given = artefact._replace(parameters=PARAMETERS | {"content_agreement": 2.0, "rank": 1})

    scores, plain = Scorer(given).scores(history), Scorer(artefact).scores(history)

    assert scores[10] == pytest.approx(plain[10])
    both = Scorer(given)._vector([2, 3], []) - Scorer(artefact)._vector([2, 3], [])
    assert both == pytest.approx([0, added])


def test_likes_of_which_nothing_is_known_have_nothing_in_common(artefact: Artefact) -> None:
    given = artefact._replace(parameters=PARAMETERS | {"content_agreement": 2.0, "rank": 1})

    assert Scorer(given).scores(LOVES_10) == pytest.approx(Scorer(artefact).scores(LOVES_10))


@pytest.mark.parametrize("agreement", [0.0, 1.9])
def test_a_list_by_another_agreement_is_seen(artefact: Artefact, agreement: float) -> None:
    factors = np.array([[1, 0], [1, 0.5], [0, 1], [0.5, 0.5]], np.float32)

    def with_agreement(strength: float) -> Artefact:
        given = PARAMETERS | {"content_agreement": strength, "rank": 1}
        arrays = artefact.arrays | {"factors": factors}
        return artefact._replace(parameters=given, arrays=arrays)

    history = History({30: (10, 1), 40: (9, 2)}, 5)
    have = true_list(with_agreement(agreement), history)

    assert said(with_agreement(2.0), true_list(with_agreement(2.0), history), history) == []
    assert said(with_agreement(2.0), have, history) != []


def test_versions_that_do_not_tell_an_exponent_hold_all_movies_alike(artefact: Artefact) -> None:
    untold = {name: value for name, value in PARAMETERS.items() if name != "popularity_exponent"}

    scores = Scorer(artefact._replace(parameters=untold)).scores(LOVES_10)

    assert scores == Scorer(artefact).scores(LOVES_10)


def test_a_dislike_holds_its_taste_at_nothing(artefact: Artefact) -> None:
    a = np.array([[2.625, 0.125], [0.125, 0.625 + 0.5 + 1]])
    x = np.linalg.solve(a, [1.5, 0])

    scores = Scorer(artefact).scores(History({10: (8, 1), 30: (4, 1)}, 5))

    assert scores == pytest.approx({20: x[0] + 0.2, 40: (x[0] + x[1]) / 2})


@pytest.mark.parametrize(("likes", "weight"), [(4, 0.1), (5, 0.2), (19, 0.2), (20, 0.3)])
def test_popularity_weighs_by_the_number_of_likes(likes: int, weight: float) -> None:
    count = 30
    arrays = {
        "movies": np.arange(count),
        "factors": np.zeros((count, 2), np.float32),
        "prior": np.ones(count, np.float32),
        "likes": np.ones(count, np.int32),
    }
    history = History({movie: (8, 1) for movie in range(likes)}, 1)

    scores = Scorer(Artefact(1, {}, PARAMETERS, arrays)).scores(history)

    assert list(scores.values()) == pytest.approx([weight] * (count - likes))


def test_a_list_of_these_scores_is_right(artefact: Artefact) -> None:
    assert said(artefact, true_list(artefact)) == []


def test_movies_of_one_score_may_stand_in_any_order(artefact: Artefact) -> None:
    artefact.arrays["prior"][:] = 0
    history = History({30: (10, 1)}, 5)
    have = true_list(artefact, history)
    assert [movie for movie, _ in have.entries][1:] == [10, 20]

    turned = [have.entries[0], *reversed(have.entries[1:])]

    assert said(artefact, have._replace(entries=turned), history) == []


def test_who_likes_nothing_has_an_empty_list(artefact: Artefact) -> None:
    history = History({10: (6, 1)}, 5)

    assert said(artefact, RankedList(3, 5, []), history) == []
    assert said(artefact, true_list(artefact), history)[0].endswith("should have 0 movies, has 3")


def test_movies_that_were_taken_back_may_be_shown_again(artefact: Artefact) -> None:
    history = History({10: (10, 1), 20: (RETRACTED, 2)}, 5)

    assert 20 in Scorer(artefact).scores(history)


def test_who_said_nothing_since_the_snapshot_needs_no_list(artefact: Artefact) -> None:
    assert said(artefact, None, LOVES_10._replace(next_offset=4)) == []


def test_a_list_that_is_missing_is_seen(artefact: Artefact) -> None:
    assert said(artefact, None) == ["list of user 7 is missing"]


def test_a_list_of_an_older_history_is_seen(artefact: Artefact) -> None:
    (line,) = said(artefact, true_list(artefact)._replace(next_offset=4))

    assert line == "list of user 7 should be of version 3 and offset 5, is of 3 and 4"


def test_a_list_of_another_version_is_seen(artefact: Artefact) -> None:
    assert len(said(artefact, true_list(artefact)._replace(version=2))) == 1


def test_a_list_of_nobody_is_seen(artefact: Artefact) -> None:
    lists = {USER: true_list(artefact), (2, 7): true_list(artefact)}

    assert wrong_lists({USER: LOVES_10}, lists, artefact) == [
        "list of user 7 in partition 2 is nobody's"
    ]


def test_a_score_that_is_off_by_little_is_seen(artefact: Artefact) -> None:
    have = true_list(artefact)
    (movie, score), *rest = have.entries

    lines = said(artefact, have._replace(entries=[(movie, score + 0.0002), *rest]))

    assert len(lines) == 2


def test_a_list_without_its_best_movie_is_seen(artefact: Artefact) -> None:
    have = true_list(artefact)

    assert said(artefact, have._replace(entries=have.entries[1:]))


def test_a_movie_that_stands_twice_is_seen(artefact: Artefact) -> None:
    have = true_list(artefact)

    assert said(artefact, have._replace(entries=[have.entries[0], *have.entries[:2]]))


@pytest.mark.parametrize(("state", "word"), [(6, "rated"), (DISMISSED, "dismissed")])
def test_a_rated_or_dismissed_movie_in_a_list_is_seen(
    artefact: Artefact, state: int, word: str
) -> None:
    have = true_list(artefact)

    lines = said(artefact, have, History({10: (10, 1), 20: (state, 2)}, 5))

    assert any(line.endswith(f"should give none: it is {word}") for line in lines)


def test_an_artefact_is_read_from_its_folder(artefact: Artefact, tmp_path: Path) -> None:
    for name, array in artefact.arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    manifest = {
        "version": 3,
        "snapshot": {"1": 4},
        "parameters": PARAMETERS,
        "sha256": dict.fromkeys(artefact.arrays, "not looked at"),
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    assert said(artefact_in(tmp_path), true_list(artefact)) == []

"""Retrains of people of two tastes: which are published, as what, and which are not."""

from pathlib import Path

import numpy as np
import pytest

from batch.pooled_hits import FILE
from batch.searched_parameters import SearchedParameters, keep, to_try
from batch.training import NotEnoughRatings, Trained
from contracts.retrain_log_entries import Outcome
from harness.batch.degraded_models import PARAMETERS, broken, fit, poor
from harness.batch.synthetic_users import EARLY, LATER, first
from harness.builders import AT_MS
from recommender.ratings import Ratings
from tests.batch.challenger_rig import OTHERS, champion, of_two_genres, retrained


def test_a_first_model_that_beats_popularity_is_promoted() -> None:
    done = retrained(first(EARLY), None)

    assert done.verdict.outcome is Outcome.promoted
    assert done.trained
    assert done.churn is None


def test_a_first_model_that_does_not_is_refused() -> None:
    done = retrained(first(EARLY), None, made=broken)

    assert done.verdict.outcome is Outcome.refused
    assert done.trained is None


def test_the_model_to_publish_has_learned_everything() -> None:
    done = retrained(first(EARLY), None)

    assert done.trained
    assert done.trained.model.ratings.sum() == EARLY


def test_with_other_hyper_parameters_and_enough_likes_the_champion_is_what_counts() -> None:
    done = retrained(first(LATER), champion(first(EARLY), made=poor), parameters=OTHERS)

    assert done.verdict.outcome is Outcome.promoted
    assert "champion_hit_rate" in done.verdict.figures
    assert done.churn


@pytest.mark.slow
def test_a_challenger_that_is_worse_than_the_champion_is_refused() -> None:
    done = retrained(first(LATER), champion(first(EARLY)), made=broken, parameters=OTHERS)

    assert done.verdict.outcome is Outcome.refused
    assert "live version" in done.verdict.reason
    assert done.trained is None


@pytest.mark.slow
def test_the_held_out_events_are_new_to_the_challenger() -> None:
    learned: list[int] = []

    def noting(rated: Ratings) -> Trained:
        learned.append(len(rated.user_id))
        return fit(rated)

    retrained(first(LATER), champion(first(EARLY), made=poor), made=noting, parameters=OTHERS)

    assert learned == [LATER - (LATER - EARLY) // 2, LATER]


@pytest.mark.parametrize("events", [EARLY + 100, LATER])
def test_the_same_hyper_parameters_refresh(events: int) -> None:
    done = retrained(first(events), champion(first(EARLY)))

    assert done.verdict.outcome is Outcome.refreshed
    assert done.churn
    assert done.verdict.figures["overlap"] == done.churn.overlap


def test_a_refresh_that_turns_lists_over_is_refused() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY), made=broken))

    assert done.verdict.outcome is Outcome.refused
    assert "top ten" in done.verdict.reason


def test_a_refresh_that_does_not_beat_popularity_is_refused() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)), made=broken)

    assert done.verdict.outcome is Outcome.refused
    assert "popularity" in done.verdict.reason


def test_other_hyper_parameters_wait_for_enough_likes() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)), parameters=OTHERS)

    assert done.verdict.outcome is Outcome.insufficient
    assert "too few likes to compare hyper-parameters" in done.verdict.reason


def test_meanwhile_what_is_live_is_refreshed() -> None:
    live = champion(first(EARLY))

    done = retrained(first(EARLY + 100), live, parameters=OTHERS, can_fit=True)

    assert done.verdict.outcome is Outcome.refreshed
    assert "other hyper-parameters insufficient: too few likes" in done.verdict.reason


def test_what_the_engine_cannot_have_is_not_refreshed() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)), parameters=OTHERS, can_fit=False)

    assert done.verdict.outcome is Outcome.insufficient


@pytest.mark.slow
def test_what_a_search_found_is_not_tried_again_once_it_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, SearchedParameters(OTHERS, EARLY, {0: 0}, AT_MS))

    retrained(
        first(LATER), champion(first(EARLY)), made=broken, parameters=OTHERS, artefacts=tmp_path
    )

    assert to_try(tmp_path, PARAMETERS) == PARAMETERS


def test_what_a_search_has_seen_does_not_judge_what_it_found(tmp_path: Path) -> None:
    keep(tmp_path, SearchedParameters(OTHERS, LATER, {0: LATER}, AT_MS))

    done = retrained(
        first(LATER), champion(first(EARLY), made=poor), parameters=OTHERS, artefacts=tmp_path
    )

    assert done.verdict.outcome is Outcome.insufficient


def test_likes_of_several_retrains_are_put_together(tmp_path: Path) -> None:
    live = champion(first(EARLY), made=poor)
    outcomes = [
        retrained(first(upto), live, parameters=OTHERS, artefacts=tmp_path).verdict.outcome
        for upto in range(EARLY + 1000, LATER, 1000)
    ]

    assert outcomes[0] is Outcome.insufficient
    assert Outcome.promoted in outcomes


def test_no_event_is_judged_twice(tmp_path: Path) -> None:
    live = champion(first(EARLY), made=poor)

    retrained(first(EARLY + 1000), live, parameters=OTHERS, artefacts=tmp_path)
    once = (tmp_path / FILE).read_bytes()
    retrained(first(EARLY + 1000), live, parameters=OTHERS, artefacts=tmp_path)

    assert (tmp_path / FILE).read_bytes() == once


def test_other_hyper_parameters_by_hand_have_popularity_to_beat() -> None:
    live = champion(first(EARLY))

    good = retrained(first(EARLY + 100), live, parameters=OTHERS, by_hand=True)
    bad = retrained(first(EARLY + 100), live, made=broken, parameters=OTHERS, by_hand=True)

    assert good.verdict.outcome is Outcome.promoted
    assert bad.verdict.outcome is Outcome.refused


def test_by_hand_a_refresh_that_turns_lists_over_is_refused_too() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY), made=broken), by_hand=True)

    assert done.verdict.outcome is Outcome.refused


def test_a_movie_whose_ratings_are_gone_does_not_end_a_retrain() -> None:
    events, gone = first(EARLY + 100), first(EARLY).movie_id[0]
    retracted = events._replace(state=np.where(events.movie_id == gone, 0, events.state))
    at = events.timestamp_ms >= events.timestamp_ms[EARLY]

    done = retrained(
        retracted.where(~at | (events.movie_id != gone)),
        champion(first(EARLY)),
        describe=of_two_genres,
    )

    assert done.verdict.passed


def test_without_a_like_there_is_nothing_to_learn() -> None:
    hated = first(100)._replace(state=np.full(100, 2, np.uint8))

    with pytest.raises(NotEnoughRatings):
        retrained(hated, None)


def test_without_a_like_among_the_newest_nobody_is_judged() -> None:
    some = first(100)
    some.state[90:] = 2

    assert retrained(some, None).verdict.outcome is Outcome.insufficient


@pytest.mark.slow
def test_the_same_events_end_in_the_same_verdict() -> None:
    live = champion(first(EARLY))

    assert retrained(first(LATER), live).verdict == retrained(first(LATER), live).verdict

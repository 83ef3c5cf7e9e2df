"""Retrains of people of two tastes: which are published, as what, and which are not."""

import numpy as np
import pytest

from batch.retraining import Champion, Retrained, Retraining
from batch.snapshot import merged
from batch.training import NotEnoughRatings, Trained
from contracts.artefact import Manifest, Parameters
from contracts.retrain_requests import Outcome
from event_log import Events
from harness.batch.synthetic_users import (
    EARLY,
    LATER,
    PARAMETERS,
    TOPIC,
    Fit,
    broken,
    first,
    fit,
    poor,
)
from harness.builders import AT_MS
from recommender.ratings import Ratings


def champion(events: Events, made: Fit = fit, parameters: Parameters = PARAMETERS) -> Champion:
    """A live version of these events."""
    snapshot = {0: len(events.offset)}
    learned = merged(events, snapshot)
    model = made(learned.rated).model
    manifest = Manifest(1, TOPIC, snapshot, parameters, {}, "", "", AT_MS, {})
    return Champion(manifest, model, learned)


def retrained(
    events: Events,
    live: Champion | None,
    made: Fit = fit,
    parameters: Parameters = PARAMETERS,
    by_hand: bool = False,
) -> Retrained:
    return Retraining(made, parameters, lambda step: None).run(
        events, merged(events, {}).rated, live, by_hand
    )


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


def test_with_enough_new_likes_the_champion_is_what_counts() -> None:
    done = retrained(first(LATER), champion(first(EARLY), made=poor))

    assert done.verdict.outcome is Outcome.promoted
    assert "champion_hit_rate" in done.verdict.figures
    assert done.churn


@pytest.mark.slow
def test_a_challenger_that_is_worse_than_the_champion_is_refused() -> None:
    done = retrained(first(LATER), champion(first(EARLY)), made=broken)

    assert done.verdict.outcome is Outcome.refused
    assert done.trained is None


@pytest.mark.slow
def test_the_held_out_events_are_new_to_the_challenger() -> None:
    learned: list[int] = []

    def noting(rated: Ratings) -> Trained:
        learned.append(len(rated.user_id))
        return fit(rated)

    retrained(first(LATER), champion(first(EARLY), made=poor), made=noting)

    assert learned == [LATER - (LATER - EARLY) // 5, LATER]


def test_with_too_few_the_same_hyper_parameters_refresh() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)))

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


OTHERS = Parameters(rank=5)


def test_other_hyper_parameters_wait_for_enough_likes() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)), parameters=OTHERS)

    assert done.verdict.outcome is Outcome.insufficient
    assert "hyper-parameters" in done.verdict.reason


def test_other_hyper_parameters_by_hand_have_popularity_to_beat() -> None:
    live = champion(first(EARLY))

    good = retrained(first(EARLY + 100), live, parameters=OTHERS, by_hand=True)
    bad = retrained(first(EARLY + 100), live, made=broken, parameters=OTHERS, by_hand=True)

    assert good.verdict.outcome is Outcome.promoted
    assert bad.verdict.outcome is Outcome.refused


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

"""Retrains whose lists follow taste as before, and whose do not."""

import numpy as np

from batch.training import Trained
from contracts.retrain_log_entries import Outcome
from harness.batch.degraded_models import altered, fit
from harness.batch.synthetic_users import EARLY, first
from recommender.ratings import Ratings
from tests.batch.challenger_rig import OTHERS, champion, of_two_genres, retrained


def without_taste(rated: Ratings) -> Trained:
    """Shows everybody the same loved movies of both genres."""
    trained = fit(rated)
    liked = trained.model.likes > 0
    return altered(trained, np.where(liked[:, None], [1.0, 0, 0, 0], [-1.0, 0, 0, 0]))


def test_what_follows_taste_as_before_is_published_with_its_figures() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)), describe=of_two_genres)

    assert done.verdict.outcome is Outcome.refreshed
    assert done.verdict.figures["taste_probe"] > 0.8
    assert done.verdict.figures["champion_taste_probe"] > 0.8


def test_a_refresh_that_follows_taste_less_is_refused() -> None:
    live = champion(first(EARLY))

    def as_before_but_for_everybody(rated: Ratings) -> Trained:
        return without_taste(rated) if len(rated.user_id) > EARLY else fit(rated)

    done = retrained(first(EARLY + 100), live, as_before_but_for_everybody, describe=of_two_genres)

    assert done.verdict.outcome is Outcome.refused
    assert "follow taste less" in done.verdict.reason


def test_what_follows_taste_less_is_refused_whatever_it_hits() -> None:
    live = champion(first(EARLY))

    done = retrained(
        first(EARLY + 100), live, without_taste, OTHERS, by_hand=True, describe=of_two_genres
    )

    assert done.verdict.outcome is Outcome.refused
    assert "follow taste less" in done.verdict.reason


def test_where_no_genres_are_known_it_is_said_that_taste_was_not_probed() -> None:
    done = retrained(first(EARLY + 100), champion(first(EARLY)))

    assert done.verdict.outcome is Outcome.refreshed
    assert "tastes not probed" in done.verdict.reason

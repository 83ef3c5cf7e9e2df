"""Who may be published, from hits alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch import promotion_gate
from batch.promotion_gate import (
    CHALLENGER,
    CHAMPION,
    ENOUGH_LIKES,
    ENOUGH_USERS,
    POPULAR,
    Hits,
    Verdict,
)
from contracts.retrain_log_entries import Outcome
from recommender.prequential import MISSED
from recommender.prequential_evaluation import PrequentialResult
from recommender.taste_probes import Probes

USERS = 200
LIKES = 20


def hits(challenger: float, champion: float = 0.1, popular: float = 0.05) -> Hits:
    """Users of LIKES likes each, all with the same hit rates."""
    rates = {CHALLENGER: challenger, CHAMPION: champion, POPULAR: popular}
    by = {name: np.full(USERS, rate * LIKES) for name, rate in rates.items()}
    return Hits(np.full(USERS, float(LIKES)), by, np.arange(USERS, dtype=np.int32))


def uneven(difference: float, spread: float) -> Hits:
    """The challenger better by this in the mean, and by more or less from user to user."""
    one = hits(0.1 + difference)
    either = np.resize([spread * LIKES, -spread * LIKES], USERS)
    return one._replace(by=one.by | {CHALLENGER: one.by[CHALLENGER] + either})


def test_a_better_challenger_is_promoted() -> None:
    assert promotion_gate.beside_champion(hits(0.12)).outcome is Outcome.promoted


def test_one_that_is_worse_within_the_margin_is_promoted() -> None:
    assert promotion_gate.beside_champion(hits(0.0985)).outcome is Outcome.promoted


def test_one_that_is_worse_by_more_is_refused() -> None:
    verdict = promotion_gate.beside_champion(hits(0.0975))

    assert verdict.outcome is Outcome.refused
    assert "0.0975, live version 0.1000" in verdict.reason


def test_a_better_one_that_may_be_worse_waits_for_more_likes() -> None:
    assert promotion_gate.beside_champion(uneven(0.002, 0.001)).outcome is Outcome.promoted
    verdict = promotion_gate.beside_champion(uneven(0.002, 0.09))

    assert verdict.outcome is Outcome.insufficient
    assert verdict.reason.endswith("4000 likes are too few to decide")


def test_too_few_likes_tell_nothing() -> None:
    few = hits(0.12)
    some = Hits(few.cases[:10], {name: one[:10] for name, one in few.by.items()}, few.users[:10])

    assert promotion_gate.beside_champion(some).outcome is Outcome.insufficient


def test_one_that_does_not_beat_popularity_is_refused_whatever_the_champion_does() -> None:
    verdict = promotion_gate.beside_champion(hits(0.04, champion=0.03))

    assert verdict.outcome is Outcome.refused
    assert "does not beat popularity" in verdict.reason


def test_the_first_has_popularity_alone_to_beat() -> None:
    assert promotion_gate.beside_popularity(hits(0.06)).outcome is Outcome.promoted
    assert promotion_gate.beside_popularity(hits(0.05)).outcome is Outcome.refused


def test_without_a_like_nobody_is_judged() -> None:
    nothing = {CHALLENGER: np.zeros(0), POPULAR: np.zeros(0)}
    nobody = Hits(np.zeros(0), nothing, np.zeros(0, np.int32))

    assert promotion_gate.beside_popularity(nobody).outcome is Outcome.insufficient


@pytest.mark.parametrize(
    ("overlap", "outcome"), [(0.3, Outcome.refreshed), (0.29, Outcome.refused)]
)
def test_a_refresh_leaves_most_lists_much_as_they_are(overlap: float, outcome: Outcome) -> None:
    beaten = promotion_gate.beside_popularity(hits(0.06))

    verdict = promotion_gate.refresh(beaten, overlap)

    assert verdict.outcome is outcome
    assert verdict.figures["overlap"] == overlap


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (Probes(0.41, 0.05), Outcome.promoted),
        (Probes(0.39, 0.05), Outcome.refused),
        (Probes(0.50, 0.14), Outcome.promoted),
        (Probes(0.50, 0.16), Outcome.refused),
    ],
)
def test_lists_that_clearly_follow_taste_less_are_refused(after: Probes, outcome: Outcome) -> None:
    verdict = promotion_gate.tastes(
        promotion_gate.beside_champion(hits(0.12)), Probes(0.5, 0.05), after
    )

    assert verdict.outcome is outcome
    assert verdict.figures["taste_probe"] == after.share
    assert verdict.figures["champion_taste_overlap"] == 0.05
    assert "challenger_hit_rate" in verdict.figures


@pytest.mark.parametrize("probes", [(None, Probes(0.5, 0)), (Probes(0.5, 0), None), (None, None)])
def test_tastes_that_cannot_be_probed_are_named(
    probes: tuple[Probes | None, Probes | None],
) -> None:
    verdict = promotion_gate.tastes(promotion_gate.beside_champion(hits(0.12)), *probes)

    assert verdict.passed
    assert "tastes not probed" in verdict.reason


@pytest.mark.parametrize(
    ("users", "likes", "enough"),
    [
        (ENOUGH_USERS, ENOUGH_LIKES // ENOUGH_USERS, True),
        (ENOUGH_USERS - 1, ENOUGH_LIKES, False),
        (ENOUGH_USERS, ENOUGH_LIKES // ENOUGH_USERS - 1, False),
    ],
)
def test_a_comparison_wants_so_many_likes_of_so_many_users(
    users: int, likes: int, enough: bool
) -> None:
    found = Hits(np.full(users, float(likes)), {}, np.arange(users, dtype=np.int32))

    assert found.enough == enough


def test_a_hit_is_a_place_among_the_first_ten() -> None:
    places = {CHALLENGER: np.array([0, 9, 10, MISSED], np.int32)}
    result = PrequentialResult(
        np.array([3, 3, 3, 5]),
        prior_likes=np.zeros(4, np.intp),
        gap_s=np.zeros(4, np.intp),
        movies=np.arange(4),
        known=np.ones(4, bool),
        ranks=places,
    )

    found = Hits.of(result, np.arange(10, 20, dtype=np.int32))

    assert found.cases.tolist() == [3, 1]
    assert found.users.tolist() == [13, 15]
    assert found.by[CHALLENGER].tolist() == [2, 0]


def test_a_verdict_tells_its_figures() -> None:
    verdict = promotion_gate.beside_champion(hits(0.12))

    assert verdict.figures["judged_likes"] == USERS * LIKES
    assert verdict.figures["challenger_hit_rate"] == pytest.approx(0.12)
    assert verdict.figures["difference"] == pytest.approx(0.02)


@pytest.mark.slow
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_nothing_worse_than_allowed_passes(c: float, live: float, popular: float) -> None:
    verdict: Verdict = promotion_gate.beside_champion(hits(c, live, popular))

    worse = c < live * (1 - promotion_gate.WORSE_BY) * (1 - 1e-9) or c <= popular
    assert verdict.passed == (not worse) or c == pytest.approx(live * (1 - promotion_gate.WORSE_BY))

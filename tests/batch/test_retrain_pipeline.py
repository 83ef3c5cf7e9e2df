"""From a request to a decision, on a real store: what is published, and what is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

import event_log
from batch.pooled_hits import FILE
from batch.retrain_pipeline import TrainerHeld, only_trainer
from batch.searched_parameters import SearchedParameters, keep
from batch.training import NotFinite, Trained
from contracts import artefact
from contracts.hyper_parameters import Parameters
from contracts.retrain_log_entries import Hold, Outcome, Trigger
from event_log import Storage
from harness.batch.degraded_models import PARAMETERS, broken, fit, poor
from harness.batch.retrain_rig import Retrainer, retrainer
from harness.batch.synthetic_users import EARLY, LATER, first, rows
from harness.builders import AT_MS
from recommender.ratings import Ratings

pytestmark = pytest.mark.integration


@pytest.fixture
def batch(redis_url: str, log: Storage, tmp_path: Path) -> Retrainer:
    return retrainer(redis_url, log, tmp_path / "models")


def test_a_first_good_model_goes_live(batch: Retrainer) -> None:
    batch.land(EARLY)

    decision = batch.retrain()

    assert decision.outcome is Outcome.promoted
    assert decision.version == batch.version
    assert decision.snapshot == {0: EARLY}
    assert batch.active
    assert batch.active.snapshot == {0: EARLY}


def test_a_first_bad_one_does_not(batch: Retrainer) -> None:
    batch.land(EARLY)

    decision = batch.retrain(made=broken)

    assert decision.outcome is Outcome.refused
    assert decision.version is None
    assert batch.active is None


def test_the_snapshot_ends_where_the_log_does(batch: Retrainer) -> None:
    batch.land(EARLY)

    assert batch.retrain(upto=10_000).snapshot == {0: EARLY}


def test_events_past_the_request_are_not_learned(batch: Retrainer) -> None:
    batch.land(EARLY + 500)

    decision = batch.retrain(upto=EARLY)

    manifest = artefact.read_manifest(batch.publisher.artefacts, decision.version or 0)
    assert manifest.metrics["ratings"] == EARLY


def test_a_refresh_goes_live_beside_the_one_before(batch: Retrainer) -> None:
    batch.land(EARLY)
    before = batch.retrain()
    batch.land(EARLY + 100)

    decision = batch.retrain()

    assert decision.outcome is Outcome.refreshed
    assert batch.active
    assert (batch.active.version, batch.active.previous) == (decision.version, before.version)


def test_a_retrain_during_a_hold_is_judged_and_not_published(batch: Retrainer) -> None:
    batch.land(EARLY)
    live = batch.retrain()
    batch.land(EARLY + 100)
    free = batch.publisher
    batch.publisher = replace(free, held=lambda: Hold(live.version or 0, 5))

    decision = batch.retrain()

    assert (decision.outcome, decision.version) == (Outcome.held, None)
    assert decision.reason.startswith(
        f"requested by volume: version {live.version} is held, it would have been refreshed: hit"
    )
    assert decision.figures["challenger_hit_rate"]
    assert decision.snapshot == {0: EARLY + 100}
    assert batch.version == live.version
    batch.publisher = free
    assert batch.retrain().outcome is Outcome.refreshed


def test_a_retrain_during_a_hold_that_is_worse_is_refused(batch: Retrainer) -> None:
    batch.land(EARLY)
    batch.retrain()
    batch.land(LATER)
    batch.publisher = replace(batch.publisher, held=lambda: Hold(1, 5))

    assert batch.retrain(made=broken).outcome is Outcome.refused


def test_a_challenger_that_is_worse_leaves_the_champion(batch: Retrainer) -> None:
    batch.land(EARLY)
    live = batch.retrain()
    batch.land(LATER)
    batch.parameters = Parameters(rank=5)

    decision = batch.retrain(made=broken)

    assert decision.outcome is Outcome.refused
    assert batch.version == live.version
    assert decision.figures["challenger_hit_rate"] < decision.figures["champion_hit_rate"]


def test_one_that_is_not_worse_is_promoted_with_its_figures(batch: Retrainer) -> None:
    batch.land(EARLY)
    batch.retrain(made=poor)
    batch.land(LATER)
    batch.parameters = Parameters(rank=5)

    decision = batch.retrain()

    assert decision.outcome is Outcome.promoted
    assert decision.figures["champion_hit_rate"] > 0
    manifest = artefact.read_manifest(batch.publisher.artefacts, decision.version or 0)
    assert decision.figures.items() <= manifest.metrics.items()
    assert not (batch.publisher.artefacts / FILE).exists(), "what was pooled is reset"


def test_what_was_judged_is_kept_until_a_promotion(batch: Retrainer) -> None:
    batch.land(EARLY)
    batch.retrain(made=poor)
    batch.land(EARLY + 100)
    batch.parameters = Parameters(rank=5)

    assert batch.retrain().outcome is Outcome.refreshed
    assert (batch.publisher.artefacts / FILE).exists()


def test_other_hyper_parameters_wait_unless_asked_for_by_hand(batch: Retrainer) -> None:
    batch.land(EARLY)
    batch.retrain()
    batch.land(EARLY + 100)
    batch.parameters = structs.replace(PARAMETERS, rank=5)

    waiting = batch.retrain()
    by_hand = batch.retrain(reason=Trigger.hand)

    assert waiting.outcome is Outcome.refreshed
    assert by_hand.outcome is Outcome.promoted
    assert batch.version == by_hand.version


def test_a_version_says_on_how_many_ratings_its_hyper_parameters_were_searched(
    batch: Retrainer,
) -> None:
    batch.land(EARLY)
    batch.retrain()
    keep(batch.publisher.artefacts, SearchedParameters(PARAMETERS, 123, {}, AT_MS))

    version = batch.retrain().version

    manifest = artefact.read_manifest(batch.publisher.artefacts, version or 0)
    assert manifest.searched_ratings == 123


def test_a_champion_that_knows_the_held_out_events_is_no_reference(batch: Retrainer) -> None:
    batch.land(LATER)
    planted = batch.retrain()
    assert planted.version
    say_less(batch.publisher.artefacts, planted.version)

    decision = batch.retrain()

    assert "cannot be compared" in decision.reason
    assert "champion_hit_rate" not in decision.figures


def say_less(artefacts: Path, version: int) -> None:
    """Let a version's manifest say that it has learned a few events only."""
    manifest, arrays = artefact.load(artefacts, version)
    artefact.save(artefacts, structs.replace(manifest, snapshot={0: EARLY}), arrays)


def test_without_a_like_there_is_too_little(batch: Retrainer) -> None:
    events = first(100)._replace(state=np.full(100, 2, np.uint8))
    event_log.land(batch.event_log, 0, [rows(events)])

    assert batch.retrain().outcome is Outcome.insufficient


def test_factors_that_are_no_numbers_are_refused(batch: Retrainer) -> None:
    def diverged(rated: Ratings) -> Trained:
        raise NotFinite(f"NaN or infinite values in factors of {len(rated.user_id)} ratings")

    batch.land(EARLY)

    assert batch.retrain(made=diverged).outcome is Outcome.refused
    assert batch.active is None


def test_one_number_that_is_none_is_refused(batch: Retrainer) -> None:
    def cracked(rated: Ratings) -> Trained:
        trained = fit(rated)
        trained.model.factors[7, 0] = np.nan
        return trained

    batch.land(EARLY)

    assert batch.retrain(made=cracked).outcome is Outcome.refused
    assert batch.active is None
    assert not artefact.finished(batch.publisher.artefacts)


def test_each_step_is_told(batch: Retrainer) -> None:
    batch.land(EARLY)
    batch.retrain()

    assert batch.steps == [
        "reading the event log", "judging", "learning", "making lists", "publishing"
    ]  # fmt: skip


def test_there_is_one_trainer_at_a_time(tmp_path: Path) -> None:
    with only_trainer(tmp_path), pytest.raises(TrainerHeld), only_trainer(tmp_path):
        pass

    with only_trainer(tmp_path):
        pass

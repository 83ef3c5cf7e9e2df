"""A version whose keys are gone is written again as it was, and nobody's newer one is touched."""

import threading

import pytest

from batch.publishing import LOCK
from contracts.artefact import BrokenArtefact
from contracts.file_locks import in_turn
from harness.builders import model, same_list
from tests.batch.pipeline_rig import USER, P, Trainer

pytestmark = pytest.mark.integration

WAITS_S = 0.3


def test_an_emptied_store_gets_lists_model_and_pointer_as_they_were(batch: Trainer) -> None:
    batch.publish(4)
    before = batch.published(4)
    batch.empty()

    done = batch.publisher.republish(4, batch.event_log)

    assert done == (4, 1)
    active = batch.versions.active()
    assert active
    assert (active.version, active.snapshot) == (4, {P: 3})
    assert batch.published(4) == before
    assert batch.versions.holds(4)
    assert (batch.versions.model(4).factors == model(seed=4).factors).all()


def test_a_trainer_goes_on_above_what_was_written_again(batch: Trainer) -> None:
    batch.publish(4)
    batch.empty()
    batch.publisher.republish(4, batch.event_log)

    batch.publish(batch.versions.next_token(4))

    active = batch.versions.active()
    assert active
    assert (active.version, active.previous) == (5, 4)


def test_lists_are_written_again_under_a_pointer_that_is_there(batch: Trainer) -> None:
    batch.publish(4)
    before, listed = batch.versions.active(), batch.listed(4)
    batch.client.delete(batch.keys.listed(4, P, USER))

    batch.publisher.republish(4, batch.event_log)

    assert same_list(batch.listed(4), listed)
    assert batch.versions.active() == before


def test_what_a_trainer_has_activated_since_stays_active(batch: Trainer) -> None:
    batch.publish(4)
    batch.empty()
    batch.publish(5)

    assert batch.publisher.republish(4, batch.event_log) == (5, 1)

    active = batch.versions.active()
    assert active
    assert active.version == 5


def test_without_a_version_nothing_is_written(batch: Trainer) -> None:
    assert batch.publisher.republish(None, batch.event_log) is None
    assert batch.versions.active() is None


def test_an_artefact_that_is_gone_is_named(batch: Trainer) -> None:
    with pytest.raises(BrokenArtefact, match="v000004"):
        batch.publisher.republish(4, batch.event_log)

    assert batch.versions.active() is None


def test_whoever_publishes_is_not_disturbed(batch: Trainer) -> None:
    batch.publish(4)
    batch.empty()
    again = threading.Thread(target=batch.publisher.republish, args=(4, batch.event_log))

    with in_turn(batch.publisher.artefacts / LOCK):
        again.start()
        again.join(WAITS_S)
        assert again.is_alive()
        assert batch.versions.active() is None
    again.join()

    assert batch.versions.active()

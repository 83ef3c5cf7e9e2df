"""What is published is whole or not read at all, and what is kept is bounded."""

from dataclasses import replace

import numpy as np
import pytest

from batch.publishing import KEPT_ARTEFACTS, LOCK
from contracts import artefact
from contracts.artefact import BrokenArtefact, Model
from contracts.stored_value_checks import CorruptValue
from contracts.version_lists import VersionLists
from harness.builders import AT_MS, model
from redis_store.versions import StaleToken, VersionStore
from tests.batch.pipeline_rig import END, Trainer

pytestmark = pytest.mark.integration


def test_a_published_version_is_active_and_whole(batch: Trainer) -> None:
    batch.publish(4)

    active = batch.active()
    assert (active.version, active.snapshot, active.previous) == (4, END, None)
    assert batch.versions.holds(4)
    assert artefact.finished(batch.artefacts) == [4]


def test_lists_are_stamped_when_they_are_made(batch: Trainer) -> None:
    batch.publish(4)

    assert batch.listed(4).generated_at_ms == AT_MS


def test_making_lists_writes_nothing(batch: Trainer) -> None:
    batch.publisher.make(4, model(), batch.snapshot(), AT_MS)

    assert not batch.client.keys(f"{batch.keys.prefix}*")
    assert not batch.artefacts.exists()


def test_active_and_previous_version_are_kept(batch: Trainer) -> None:
    batch.publish(1, 2, 3)
    batch.publisher.prune()

    assert not batch.published(1)
    assert batch.versions.holds(2)
    assert batch.versions.holds(3)


def test_leftovers_go_when_the_next_version_is_published(batch: Trainer) -> None:
    batch.publish(1)
    batch.versions.publish(model(), batch.publisher.make(2, model(), batch.snapshot(), AT_MS))

    batch.publish(3)

    assert not batch.published(2)


def test_the_last_ten_artefacts_are_kept_and_those_of_active_and_previous(
    batch: Trainer,
) -> None:
    batch.publish(1, 2)
    for version in range(3, 14):
        batch.save(version)
    (batch.artefacts / "v000014").mkdir()

    batch.publish(15)

    newest = [*range(5, 14), 15]
    assert artefact.finished(batch.artefacts) == [1, 2, *newest]
    assert len(newest) == KEPT_ARTEFACTS
    assert not (batch.artefacts / "v000014").exists()
    assert (batch.artefacts / LOCK).exists()


class TestRefused:
    """Nothing of it is activated, and what was active stays so."""

    @pytest.fixture(autouse=True)
    def published(self, batch: Trainer) -> None:
        batch.publish(1)

    def refused(
        self,
        batch: Trainer,
        error: type[Exception],
        model: Model,
        made: VersionLists,
        version: int = 2,
    ) -> None:
        before = batch.versions.active()

        with pytest.raises(error):
            batch.publisher.publish(batch.manifest(version), model, made)

        assert batch.versions.active() == before
        assert batch.versions.holds(1)

    def made(self, batch: Trainer, version: int = 2) -> VersionLists:
        return batch.publisher.make(version, model(), batch.snapshot(), AT_MS)

    @pytest.mark.parametrize("name", ["factors", "biases", "prior"])
    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_number_that_is_none(self, batch: Trainer, name: str, value: float) -> None:
        one = model()
        getattr(one, name)[1] = value

        self.refused(batch, BrokenArtefact, one, self.made(batch))

        assert not batch.published(2)

    def test_a_mean_that_is_none(self, batch: Trainer) -> None:
        self.refused(batch, BrokenArtefact, replace(model(), mean=np.nan), self.made(batch))

    def test_lists_of_another_version(self, batch: Trainer) -> None:
        self.refused(batch, BrokenArtefact, model(), self.made(batch, 3))

    def test_a_version_that_is_not_above_the_active_one(self, batch: Trainer) -> None:
        batch.versions.activate(1, END, token=9, now_ms=AT_MS)

        self.refused(batch, StaleToken, model(), self.made(batch))

    def test_what_redis_gives_back_otherwise(
        self, batch: Trainer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verify = VersionStore._verify

        def damaged(self: VersionStore, keys: list[bytes], values: list[bytes]) -> None:
            batch.client.setrange(keys[0], 40, b"\xff\xff\xff")
            verify(self, keys, values)

        monkeypatch.setattr(VersionStore, "_verify", damaged)

        self.refused(batch, CorruptValue, model(), self.made(batch))

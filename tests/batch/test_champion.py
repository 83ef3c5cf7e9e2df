"""Only a live version that learned just what its snapshot says is compared with."""

from dataclasses import replace
from pathlib import Path

import pytest

from batch.champion import Champion, NoReference, champion
from batch.snapshot import merged
from contracts import artefact
from contracts.artefact import BrokenArtefact, Manifest, Model
from contracts.topics import Identity
from harness.batch.degraded_models import PARAMETERS, fit
from harness.batch.synthetic_users import TOPIC, first
from harness.builders import AT_MS


def published(root: Path, learned: int, said: int, topic: Identity = TOPIC) -> Model:
    """Version 1, made of so many events, whose manifest says so many."""
    model = fit(merged(first(learned), {}).rated).model
    manifest = Manifest(1, topic, {0: said}, PARAMETERS, {}, "", "", AT_MS, {})
    artefact.save(root, manifest, model.arrays())
    return model


def reference(root: Path) -> Champion:
    return champion(root, 1, TOPIC, first(700))


def test_the_live_version_comes_with_what_it_learned(tmp_path: Path) -> None:
    published(tmp_path, 500, 500)

    found = reference(tmp_path)

    assert found.manifest.snapshot == {0: 500}
    assert len(found.learned.user_id) == 500


@pytest.mark.parametrize("learned", [600, 700, 499])
def test_one_that_knows_later_events_than_it_says_is_none(tmp_path: Path, learned: int) -> None:
    published(tmp_path, learned, 500)

    with pytest.raises(NoReference, match="other ratings"):
        reference(tmp_path)


def test_one_of_another_topic_is_none(tmp_path: Path) -> None:
    published(tmp_path, 500, 500, replace(TOPIC, topic_id="other"))

    with pytest.raises(NoReference, match="other"):
        reference(tmp_path)


def test_one_that_was_altered_is_none(tmp_path: Path) -> None:
    published(tmp_path, 500, 500)
    array = artefact.folder(tmp_path, 1) / "factors.npy"
    array.write_bytes(array.read_bytes()[:-1] + b"\x01")

    with pytest.raises(BrokenArtefact):
        reference(tmp_path)

from dataclasses import dataclass, field

from contracts.active_version import Active
from contracts.artefact import Model
from harness.builders import AT_MS, model
from redis_store.model_codec import NoActiveModel
from redis_store.versions import VersionStore
from speed.active_model import LOOK_EVERY_S, ActiveModel


@dataclass
class FakeVersions(VersionStore):
    """Versions in memory."""

    pointer: Active | None = None
    models: dict[int, Model] = field(default_factory=dict)
    seconds: float = 0.0

    def active(self) -> Active | None:
        return self.pointer

    def model(self, version: int) -> Model:
        if version not in self.models:
            raise NoActiveModel(str(version))
        return self.models[version]

    def activate_next(self, version: int) -> None:
        number = self.pointer.activation + 1 if self.pointer else 1
        self.pointer = Active(number, version, None, {}, {}, AT_MS)
        self.seconds += LOOK_EVERY_S

    def monotonic(self) -> float:
        return self.seconds


def test_there_is_no_model_before_an_activation() -> None:
    versions = FakeVersions()
    active_model = ActiveModel(versions, versions.monotonic)

    assert not active_model.noticed()
    assert active_model.live is None


def test_an_activation_is_noticed_once() -> None:
    versions = FakeVersions(models={1: model()})
    active_model = ActiveModel(versions, versions.monotonic)
    versions.activate_next(1)

    assert active_model.noticed()
    versions.seconds += LOOK_EVERY_S
    assert not active_model.noticed()


def test_the_pointer_is_not_asked_for_at_every_turn() -> None:
    versions = FakeVersions(models={1: model()})
    active_model = ActiveModel(versions, versions.monotonic)
    active_model.noticed()
    versions.activate_next(1)
    versions.seconds -= LOOK_EVERY_S / 2

    assert not active_model.noticed()


def test_an_older_version_activated_again_is_followed() -> None:
    versions = FakeVersions(models={1: model(), 2: model(seed=2)})
    active_model = ActiveModel(versions, versions.monotonic)
    for version in (1, 2, 1):
        versions.activate_next(version)
        assert active_model.noticed()

    assert active_model.live is not None
    assert active_model.live.active.version == 1


def test_a_version_that_was_pruned_meanwhile_leaves_the_one_before() -> None:
    versions = FakeVersions(models={1: model()})
    active_model = ActiveModel(versions, versions.monotonic)
    versions.activate_next(1)
    active_model.noticed()

    versions.activate_next(2)

    assert not active_model.noticed()
    assert active_model.live is not None
    assert active_model.live.active.version == 1

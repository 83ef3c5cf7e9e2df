from dataclasses import dataclass, field

from contracts.artefact import Model
from contracts.store.versions import Active, NoActiveModel, VersionStore
from speed.models import LOOK_EVERY_S, ActiveModel
from tests.builders import AT_MS, model


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
    following = ActiveModel(versions, versions.monotonic)

    assert not following.noticed()
    assert following.live is None


def test_an_activation_is_noticed_once() -> None:
    versions = FakeVersions(models={1: model()})
    following = ActiveModel(versions, versions.monotonic)
    versions.activate_next(1)

    assert following.noticed()
    versions.seconds += LOOK_EVERY_S
    assert not following.noticed()


def test_the_pointer_is_not_asked_for_at_every_turn() -> None:
    versions = FakeVersions(models={1: model()})
    following = ActiveModel(versions, versions.monotonic)
    following.noticed()
    versions.activate_next(1)
    versions.seconds -= LOOK_EVERY_S / 2

    assert not following.noticed()


def test_an_older_version_activated_again_is_followed() -> None:
    versions = FakeVersions(models={1: model(), 2: model(seed=2)})
    following = ActiveModel(versions, versions.monotonic)
    for version in (1, 2, 1):
        versions.activate_next(version)
        assert following.noticed()

    assert following.live is not None
    assert following.live.active.version == 1


def test_a_version_that_was_pruned_meanwhile_leaves_the_one_before() -> None:
    versions = FakeVersions(models={1: model()})
    following = ActiveModel(versions, versions.monotonic)
    versions.activate_next(1)
    following.noticed()

    versions.activate_next(2)

    assert not following.noticed()
    assert following.live is not None
    assert following.live.active.version == 1

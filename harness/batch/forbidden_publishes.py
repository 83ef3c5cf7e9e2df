"""Attempts to publish what must not be published, and whether one succeeds.

Each has a seed of its own; the live version is a good one.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from msgspec import json, structs
from numpy.typing import NDArray

from batch.native_engine import Native
from batch.training import Floats, Trained, train_screened
from contracts import artefact
from contracts.artefact import Array, BrokenArtefact, Manifest, UnknownVersion
from contracts.hyper_parameters import Parameters
from harness.batch.degraded_models import PARAMETERS, altered, fit
from harness.batch.retrain_rig import Retrainer
from harness.batch.synthetic_users import DUDS, EARLY, LATER
from recommender.ratings import Pairs, Ratings

HalfStars = NDArray[np.uint8]
Attempt = Callable[[Retrainer, int], bool]
"""Whether the active version is another one afterwards."""


def prepared(batch: Retrainer) -> None:
    """A good version is live, and enough has been said since to judge another by."""
    batch.land(EARLY)
    batch.retrain()
    batch.land(LATER)
    if batch.active is None:
        raise AssertionError("the good version was not published")


def bad_challenger(batch: Retrainer, seed: int) -> bool:
    """Vectors that mean nothing, duds before all."""

    def drawn(rated: Ratings) -> Trained:
        trained = fit(rated)
        noise = np.random.default_rng(seed).normal(size=trained.model.factors.shape)
        noise[trained.model.movies <= DUDS] *= 5
        return altered(trained, noise)

    return _published(batch, lambda: batch.retrain(made=drawn))


@dataclass(frozen=True)
class Cracked:
    """An engine that gives one number that is none."""

    whole: Native
    seed: int

    def ranking(self, pairs: Pairs, half_stars: HalfStars, parameters: Parameters) -> Floats:
        """Movies' vectors, one number of which is none."""
        vectors = self.whole.ranking(pairs, half_stars, parameters)
        random = np.random.default_rng(self.seed)
        vectors.flat[random.integers(vectors.size)] = random.choice([np.nan, np.inf, -np.inf])
        return vectors


def no_number(batch: Retrainer, seed: int) -> bool:
    """One number of a good model is none."""
    engine = Cracked(Native(1), seed)

    def cracked(rated: Ratings) -> Trained:
        return train_screened(rated, PARAMETERS, engine)

    return _published(batch, lambda: batch.retrain(made=cracked))


def half_written(batch: Retrainer, seed: int) -> bool:
    """An artefact of which a file is gone, or cut short."""
    version = _planted(batch, lambda manifest: manifest)
    random = np.random.default_rng(seed)
    files = sorted(artefact.folder(batch.publisher.artefacts, version).iterdir())
    file = files[random.integers(len(files))]
    content = file.read_bytes()
    if random.random() < 1 / 2:
        file.unlink()
    else:
        file.write_bytes(content[: random.integers(len(content))])
    return _published(batch, lambda: batch.publisher.roll_back(version, batch.event_log))


def another_manifest(batch: Retrainer, seed: int) -> bool:
    """The manifest of another version, or checksums of another one's arrays."""
    random = np.random.default_rng(seed)

    def other(manifest: Manifest) -> Manifest:
        return structs.replace(manifest, version=int(random.integers(1, 1000)) + manifest.version)

    version = _planted(batch, other)
    return _published(batch, lambda: batch.publisher.roll_back(version, batch.event_log))


ATTEMPTS: dict[str, Attempt] = {
    "a challenger that is worse": bad_challenger,
    "a number that is none": no_number,
    "a half-written artefact": half_written,
    "a manifest of another version": another_manifest,
}


def _planted(batch: Retrainer, change: Callable[[Manifest], Manifest]) -> int:
    """A new artefact, the live one's but for what is changed in its manifest."""
    root, active = batch.publisher.artefacts, batch.active
    assert active
    manifest, arrays = artefact.load(root, active.version)
    version = artefact.newest_version(root) + 1
    noise: dict[str, Array] = arrays | {"factors": arrays["factors"][::-1].copy()}
    artefact.save(root, structs.replace(manifest, version=version), noise)
    changed = change(artefact.read_manifest(root, version))
    path = artefact.folder(root, version) / "manifest.json"
    path.write_bytes(json.encode(changed))
    return version


def _published(batch: Retrainer, attempt: Callable[[], object]) -> bool:
    """Whether the active version is another one than before."""
    before = batch.active
    with suppress(BrokenArtefact, UnknownVersion):
        attempt()
    return batch.active != before

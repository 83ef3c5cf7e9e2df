"""From a model to published lists: every user's list, the artefact, the switch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from batch.snapshot import Snapshot, take
from contracts import artefact
from contracts.artefact import Manifest, Model
from contracts.eventlog import Place
from contracts.files import in_turn
from contracts.lists import NO_STARS, RankedList
from contracts.store.versions import VersionStore
from contracts.topics import partition_of
from recommender.bulk import ranked_lists
from recommender.folding import Folder

LIST_LENGTH = 100
POPULAR_LENGTH = 1000
LOCK = "lock"
"""Beside the artefacts: held by whoever writes a version."""


class Republished(NamedTuple):
    """A version that was written again, and how many lists it has."""

    version: int
    lists: int


@dataclass(frozen=True)
class Publisher:
    """Where versions go; `now_ms` is the wall clock."""

    versions: VersionStore
    artefacts: Path
    partitions: int
    now_ms: Callable[[], int]

    def publish(self, manifest: Manifest, model: Model, snapshot: Snapshot) -> None:
        """Write artefact and lists under the version's own names, verify, then switch.

        Raises:
            CorruptValue: if Redis gives back other than was written.
            StaleToken: if a newer trainer has activated a version meanwhile.
        """
        with in_turn(self.artefacts / LOCK):
            active = self.versions.active()
            self.versions.prune({active.version, active.previous} if active else set())
            artefact.save(self.artefacts, manifest, dict(model.arrays()))
            self._write(manifest.version, model, snapshot, self.now_ms())
            self._activate(manifest)

    def republish(self, decided: int | None, event_log: Place) -> Republished | None:
        """Write the active version again, as its artefact and the event log say; None without one.

        A worker that publishes meanwhile has its turn before or after.

        Args:
            decided: the version that was published last, where the store knows of no active one.
            event_log: the log.

        Raises:
            BrokenArtefact: if the artefact is not whole.
            BrokenLog: if the log does not hold the snapshot.
            CorruptValue: if Redis gives back other than was written.
        """
        with in_turn(self.artefacts / LOCK):
            active = self.versions.active()
            version = active.version if active else decided
            if version is None:
                return None
            manifest, arrays = artefact.load(self.artefacts, version)
            model = artefact.model_from(arrays, manifest.parameters)
            snapshot = take(event_log, manifest.snapshot)
            lists = self._write(version, model, snapshot, manifest.created_at_ms)
            if active is None:
                self._activate(manifest)
            return Republished(version, lists)

    def prune(self) -> None:
        """Unlink all versions but the active and the previous one."""
        active = self.versions.active()
        if active:
            self.versions.prune({active.version, active.previous})

    def _write(self, version: int, model: Model, snapshot: Snapshot, stamp_ms: int) -> int:
        """All of a version, verified; how many lists it has."""
        lists = dict(self._lists(version, model, snapshot, stamp_ms))
        self.versions.publish(version, lists, popular_list(version, model, stamp_ms), model)
        return len(lists)

    def _activate(self, manifest: Manifest) -> None:
        version = manifest.version
        self.versions.activate(version, manifest.snapshot, version, self.now_ms())

    def _lists(
        self, version: int, model: Model, snapshot: Snapshot, stamp_ms: int
    ) -> Iterator[tuple[tuple[int, int], RankedList]]:
        """Everybody's list, masked; nothing for those without a like."""
        people = list(snapshot.histories())
        lists = ranked_lists(Folder(model), [history for _, history in people], LIST_LENGTH)
        for (user, history), made in zip(people, lists, strict=True):
            if len(made.movies):
                partition = partition_of(user, self.partitions)
                through = snapshot.offsets[partition]
                stamp = (version, through, stamp_ms, history.newest_ms)
                columns = (made.movies, made.scores, made.stars_x10)
                yield (partition, user), RankedList(*stamp, *columns)


def popular_list(version: int, model: Model, now_ms: int) -> RankedList:
    """Movies by likes, the fallback for anyone without a list."""
    best = np.argsort(-model.likes, kind="stable")[:POPULAR_LENGTH]
    stars = np.full(len(best), NO_STARS, np.uint8)
    scores = model.likes[best].astype(np.float32)
    return RankedList(version, 0, now_ms, 0, model.movies[best].astype(np.uint32), scores, stars)

"""From a model to published lists: every user's list, the artefact, the switch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batch.snapshot import Snapshot
from contracts import artefact
from contracts.artefact import Manifest, Model
from contracts.lists import NO_STARS, RankedList
from contracts.store.versions import VersionStore
from contracts.topics import partition_of
from recommender.folding import Folder

LIST_LENGTH = 100
POPULAR_LENGTH = 1000


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
        active = self.versions.active()
        self.versions.prune({active.version, active.previous} if active else set())
        artefact.save(self.artefacts, manifest, dict(model.arrays()))
        version = manifest.version
        lists = dict(self._lists(version, model, snapshot))
        popular = popular_list(version, model, self.now_ms())
        self.versions.publish(version, lists, popular, model)
        self.versions.activate(version, snapshot.offsets, version, self.now_ms())

    def prune(self) -> None:
        """Unlink all versions but the active and the previous one."""
        active = self.versions.active()
        if active:
            self.versions.prune({active.version, active.previous})

    def _lists(
        self, version: int, model: Model, snapshot: Snapshot
    ) -> Iterator[tuple[tuple[int, int], RankedList]]:
        """Everybody's list, masked; nothing for those without a like."""
        folder = Folder(model)
        for user, history in snapshot.histories():
            made = folder.ranked(history, LIST_LENGTH)
            if len(made.movies):
                partition = partition_of(user, self.partitions)
                through = snapshot.offsets[partition]
                stamp = (version, through, self.now_ms(), history.newest_ms)
                columns = (made.movies, made.scores, made.stars_x10)
                yield (partition, user), RankedList(*stamp, *columns)


def popular_list(version: int, model: Model, now_ms: int) -> RankedList:
    """Movies by likes, the fallback for anyone without a list."""
    best = np.argsort(-model.likes, kind="stable")[:POPULAR_LENGTH]
    stars = np.full(len(best), NO_STARS, np.uint8)
    scores = model.likes[best].astype(np.float32)
    return RankedList(version, 0, now_ms, 0, model.movies[best].astype(np.uint32), scores, stars)

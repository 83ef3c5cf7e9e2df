"""Publishes a version: artefact, lists, activation; and rolls back."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from batch.build_lists import content_of, make
from batch.snapshot import Snapshot, take
from contracts import artefact
from contracts.active_version import Active
from contracts.artefact import BrokenArtefact, Manifest, Model, UnknownVersion
from contracts.catalogue import Catalogue
from contracts.file_locks import in_turn
from contracts.process_exit import USAGE, Failure
from contracts.retrain_log_entries import Hold
from contracts.stored_value_checks import CorruptValue
from contracts.version_lists import VersionLists
from event_log import Storage
from redis_store.versions import VersionStore

log = logging.getLogger(__name__)

KEPT_ARTEFACTS = 10
"""Versions whose artefacts are kept; the active and the previous one are, whatever their age."""
LOCK = "lock"
"""Beside the artefacts: held by whoever writes or unlinks a version."""


class Republished(NamedTuple):
    """A version that was written again, and how many lists it has."""

    version: int
    lists: int


class RolledBack(NamedTuple):
    """The version that is active again, the one that was active before, and the token."""

    manifest: Manifest
    before: int | None
    token: int


class ActiveHeld(RuntimeError):
    """An operator holds the active version: nothing else is activated."""


class NothingToGoBackTo(Failure):
    """A rollback without another version to activate."""

    where = "batch rollback"
    what_to_do = "choose another version with --to"
    code = USAGE


@dataclass(frozen=True)
class Publisher:
    """Where versions go.

    Attributes:
        versions: the store.
        artefacts: the folder of all artefacts.
        partitions: of the topic `ratings`.
        catalogue: what is known of movies now; None if nothing is.
        now_ms: the wall clock.
        held: the hold that has not been released, or None.
    """

    versions: VersionStore
    artefacts: Path
    partitions: int
    catalogue: Callable[[], Catalogue | None]
    now_ms: Callable[[], int]
    held: Callable[[], Hold | None] = lambda: None

    def make(self, version: int, model: Model, snapshot: Snapshot, stamp_ms: int) -> VersionLists:
        """All lists of a version, as `batch.build_lists.make`; nothing is written."""
        content = content_of(self.catalogue(), model.movies)
        return make(version, model, snapshot, self.partitions, stamp_ms, content)

    def publish(self, manifest: Manifest, model: Model, made: VersionLists) -> None:
        """Write artefact and lists under the version's own names, verify, then switch.

        Raises:
            BrokenArtefact: if a number of the model is not finite, or the lists are another
                version's.
            CorruptValue: if Redis gives back other than was written.
            StaleToken: if a newer trainer has activated a version meanwhile.
            ActiveHeld: if the active version is held; nothing is written.
        """
        if made.version != manifest.version:
            raise BrokenArtefact(f"manifest of version {manifest.version}, lists of {made.version}")
        with in_turn(self.artefacts / LOCK):
            if hold := self.held():
                raise ActiveHeld(f"version {hold.version} is held")
            kept = self._kept()
            self.versions.prune(kept)
            artefact.save(self.artefacts, manifest, dict(model.arrays()))
            artefact.retain(self.artefacts, KEPT_ARTEFACTS, kept)
            self.versions.publish(model, made)
            self._activate(manifest, manifest.version)

    def republish(self, decided: int | None, event_log: Storage) -> Republished | None:
        """Write the active version again, as its artefact and the event log say; None without one.

        A worker that publishes meanwhile has its turn before or after.

        Args:
            decided: the version that was activated last, where the store knows of no active one.
            event_log: the log.

        Raises:
            BrokenArtefact: if the artefact is not whole.
            BrokenLog: if the log does not hold the snapshot.
            CorruptValue: if Redis gives back other than was written.
        """
        with in_turn(self.artefacts / LOCK):
            active = self._active()
            version = active.version if active else decided
            if version is None:
                return None
            manifest, lists = self._write_again(version, event_log)
            if active is None:
                self._activate(manifest, version)
            else:
                self.versions.mark_held(self.held() is not None)
            return Republished(version, lists)

    def roll_back(
        self, to: int | None, event_log: Storage, decided: Callable[[int], None] = lambda _: None
    ) -> RolledBack:
        """Activate an older version again, with a fresh token; its keys are written if needed.

        Args:
            to: the version; the previous one unless said.
            event_log: what lists are made of again, should they be gone.
            decided: is told the version just before it is activated, while nobody can publish.

        Raises:
            NothingToGoBackTo: if there is no previous version, or if it is active already.
            UnknownVersion: if there is no artefact of it; names those there are.
            BrokenArtefact: if the artefact is not whole.
            BrokenLog: if its lists are gone, and the log does not hold its snapshot.
            CorruptValue: if Redis gives back other than was written.
            StaleToken: if a newer trainer has activated a version meanwhile.
        """
        with in_turn(self.artefacts / LOCK):
            active = self._active()
            version = self._target(to, active)
            manifest, _ = artefact.load(self.artefacts, version)
            if not self.versions.holds(version):
                self._write_again(version, event_log)
            token = self.versions.next_token(artefact.newest_version(self.artefacts))
            decided(version)
            self._activate(manifest, token)
            return RolledBack(manifest, active.version if active else None, token)

    def prune(self) -> None:
        """Unlink all versions but the active and the previous one."""
        with in_turn(self.artefacts / LOCK):
            if kept := self._kept():
                self.versions.prune(kept)

    def tell_hold(self) -> None:
        """Show with the active version whether it is held; an operator's command may end between.

        Raises:
            CorruptValue: if the pointer is damaged.
        """
        with in_turn(self.artefacts / LOCK):
            active, held = self.versions.active(), self.held() is not None
            if active and active.held != held:
                self.versions.mark_held(held)

    def is_whole(self) -> bool:
        """Whether a version is active, and all of it is there."""
        try:
            active = self.versions.active()
        except CorruptValue:
            return False
        return active is not None and self.versions.holds(active.version)

    def _active(self) -> Active | None:
        """The pointer, for who holds the lock.

        One that is damaged is forgotten: which version was activated last, the decisions say.
        """
        try:
            return self.versions.active()
        except CorruptValue as error:
            log.warning("no version is active any more: %s", error)
            self.versions.forget_pointer()
            return None

    def _kept(self) -> set[int | None]:
        active = self._active()
        return {active.version, active.previous} if active else set()

    def _target(self, to: int | None, active: Active | None) -> int:
        version = to if to is not None or active is None else active.previous
        if version is None:
            raise NothingToGoBackTo("no version was active before")
        if active and version == active.version:
            raise NothingToGoBackTo(f"version {version} is already active")
        known = artefact.finished(self.artefacts)
        if version not in known:
            there = ", ".join(map(str, known))
            raise UnknownVersion(f"there is no version {version}, only {there}")
        return version

    def _write_again(self, version: int, event_log: Storage) -> tuple[Manifest, int]:
        """A version from its artefact and the log, verified; how many lists it has."""
        manifest, arrays = artefact.load(self.artefacts, version)
        model = artefact.model_from(arrays, manifest.parameters)
        snapshot = take(event_log, manifest.snapshot)
        made = self.make(version, model, snapshot, manifest.created_at_ms)
        self.versions.publish(model, made)
        return manifest, len(made.lists)

    def _activate(self, manifest: Manifest, token: int) -> None:
        held = self.held() is not None
        now_ms = self.now_ms()
        self.versions.activate(manifest.version, manifest.snapshot, token, now_ms, held=held)

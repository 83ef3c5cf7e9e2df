"""The model that lists are made with: whichever is active, noticed within a second."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.store.versions import Active, NoActiveModel, VersionStore
from recommender.folding import Folder
from speed.quality import Popular

LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Live:
    """The active version, ready to fold in with; and what is popular, which learns."""

    active: Active
    folder: Folder
    popular: Popular


class ActiveModel:
    """Follows the pointer; loads a version's model once, when it becomes active."""

    def __init__(self, versions: VersionStore, monotonic: Callable[[], float]) -> None:
        """Look at these versions; `monotonic` tells seconds."""
        self._versions = versions
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self.live: Live | None = None

    def noticed(self) -> bool:
        """Look, at most every half second; whether `live` is another than before."""
        now = self._monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return False
        self._looked_at = now
        active = self._versions.active()
        if active is None or (self.live and self.live.active == active):
            return False
        try:
            model = self._versions.model(active.version)
            self.live = Live(active, Folder(model), Popular(model))
        except NoActiveModel:
            return False  # pruned meanwhile: a newer pointer is there at the next look
        return True

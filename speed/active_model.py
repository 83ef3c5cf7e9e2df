"""The model that lists are made with: whichever is active, noticed within a second."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from contracts.active_version import Active
from contracts.stored_value_checks import CorruptValue
from recommender.fold_in import Folder
from redis_store.model_codec import NoActiveModel
from redis_store.versions import VersionStore
from speed.live_quality import Popular

LOOK_EVERY_S = 0.5
DAMAGED_REST_S = 5.0
"""Reading a model takes long: one that is damaged is left alone so long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Live:
    """The active version, ready to fold in with; and what is popular, which learns."""

    active: Active
    folder: Folder
    popular: Popular


class ActiveModel:
    """Follows the pointer; loads a version's model once, when it becomes active.

    What is damaged is not followed: the model that was live before is, until batch has written the
    other again. `damage` says what it is, and is empty as soon as all is well.
    """

    def __init__(self, versions: VersionStore, monotonic: Callable[[], float]) -> None:
        """Look at these versions; `monotonic` tells seconds."""
        self._versions = versions
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self.live: Live | None = None
        self.damage = ""

    def noticed(self) -> bool:
        """Look, at most every half second; whether `live` is another than before."""
        now = self._monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return False
        self._looked_at = now
        try:
            followed = self._followed()
        except CorruptValue as error:
            if not self.damage:
                log.warning("keeping the previous model until this one is written again: %s", error)
            self.damage = str(error)
            self._looked_at += DAMAGED_REST_S
            return False
        self.damage = ""
        return followed

    def _followed(self) -> bool:
        active = self._versions.active()
        if active is None or (self.live and self.live.active == active):
            return False
        try:
            model = self._versions.model(active.version)
            self.live = Live(active, Folder(model), Popular(model))
        except NoActiveModel:
            return False  # pruned meanwhile: a newer pointer is there at the next look
        return True

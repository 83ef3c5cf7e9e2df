"""The worker: obeys retrain requests one at a time, and records what became of them."""

from collections.abc import Callable
from dataclasses import dataclass

from batch.trainer import Trainer
from contracts.requests import RetrainLog
from contracts.store.status import StatusStore

LOOK_EVERY_S = 0.5
KEPT_AFTER_S = 60
"""A version that is no longer kept is unlinked so long after an activation."""


@dataclass
class Worker:
    """What obeying for ever needs."""

    retrains: RetrainLog
    trainer: Trainer
    status: StatusStore
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]
    _prune_at_ms: int | None = None

    def run(self, stopping: Callable[[], bool]) -> None:
        """Obey until told to stop; a fit that is under way is finished first."""
        while not stopping():
            state = self.retrains.state()
            said = {"heartbeat_ms": self.now_ms(), "training": int(state.open is not None)}
            self.status.write("batch", said)
            if state.open:
                self.retrains.append(self.trainer.obey(state.open))
                self._prune_at_ms = self.now_ms() + KEPT_AFTER_S * 1000
            elif self._prune_at_ms and self.now_ms() >= self._prune_at_ms:
                self.trainer.publisher.prune()
                self._prune_at_ms = None
            self.sleep(LOOK_EVERY_S)

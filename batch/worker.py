"""The worker: obeys retrain requests one at a time, and records what became of them."""

from collections.abc import Callable
from dataclasses import dataclass

from batch.trainer import Trainer
from contracts.requests import Decision, RetrainLog
from contracts.store.status import StatusStore

LOOK_EVERY_S = 0.5
KEPT_AFTER_S = 60
"""A version that is no longer kept is unlinked so long after an activation."""


@dataclass
class Worker:
    """What obeying for ever needs.

    Attributes:
        retrains: requests and decisions.
        trainer: makes a trainer that tells its steps.
        track: is told each decision, once it is recorded.
        status: of this process.
        now_ms: the wall clock.
        sleep: waits so many seconds.
    """

    retrains: RetrainLog
    trainer: Callable[[Callable[[str], None]], Trainer]
    track: Callable[[Decision], None]
    status: StatusStore
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]

    def run(self, stopping: Callable[[], bool]) -> None:
        """Obey until told to stop; a fit that is under way is finished first."""
        trainer = self.trainer(self._training)
        prune_at_ms: int | None = None
        while not stopping():
            asked = self.retrains.state().open
            if asked:
                decision = trainer.obey(asked)
                self.retrains.append(decision)
                self.track(decision)
                prune_at_ms = self.now_ms() + KEPT_AFTER_S * 1000
            elif prune_at_ms and self.now_ms() >= prune_at_ms:
                trainer.publisher.prune()
                prune_at_ms = None
            self.status.write("batch", {"heartbeat_ms": self.now_ms(), "training": ""})
            self.sleep(LOOK_EVERY_S)

    def _training(self, step: str) -> None:
        self.status.write("batch", {"heartbeat_ms": self.now_ms(), "training": step})

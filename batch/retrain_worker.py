"""The worker: handles retrain requests one at a time, and records the decisions."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from batch.retrain_pipeline import Trainer
from contracts.process_status import BatchStatus
from contracts.retrain_log_entries import Decision, Request
from kafka_clients.retrain_log import RetrainLog
from redis_store.retry import Backoff
from redis_store.status import StatusStore

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
KEPT_AFTER_S = 60
"""A version that is no longer kept is unlinked so long after an activation."""


@dataclass
class RetrainWorker:
    """What obeying for ever needs.

    Attributes:
        retrains: requests and decisions.
        trainer: makes a trainer that tells its steps.
        track: is told each decision, once it is recorded.
        search: makes a step of a search for hyper-parameters, if one is due, and says whether it
            goes on; it is told whether to end early, and tells how far it has come.
        status: of this process.
        now_ms: the wall clock.
        monotonic: seconds.
        sleep: waits so many seconds.
    """

    retrains: RetrainLog
    trainer: Callable[[Callable[[str], None]], Trainer]
    track: Callable[[Decision], None]
    search: Callable[[Callable[[], bool], Callable[[str], None]], bool]
    status: StatusStore
    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    _prune_at_ms: int | None = field(default=None, init=False)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Obey until told to stop; a fit that is under way is finished first.

        A request that Redis would not take the answer to, such as one that is full, stays open.

        Raises:
            StoreError, NoBroker: if Redis or Kafka has been away for a minute.
        """
        log.info("started: handling retrain requests")
        trainer = self.trainer(self._training)
        backoff = Backoff(self.monotonic, self.sleep)
        while not stopping():
            with backoff:
                self._step(trainer, stopping)
                self.sleep(LOOK_EVERY_S)

    def _step(self, trainer: Trainer, stopping: Callable[[], bool]) -> None:
        asked = self.retrains.state().open
        if asked:
            self._obey(trainer, asked)
        elif self._prune_at_ms and self.now_ms() >= self._prune_at_ms:
            trainer.publisher.prune()
            self._prune_at_ms = None
        elif self.search(stopping, self._training):
            return
        self.status.write(BatchStatus(self.now_ms()))

    def _obey(self, trainer: Trainer, asked: Request) -> None:
        decision = trainer.obey(asked)
        self.retrains.append(decision)
        log.info("%s", _summary(decision))
        self.track(decision)
        self._prune_at_ms = self.now_ms() + KEPT_AFTER_S * 1000

    def _training(self, step: str) -> None:
        self.status.write(BatchStatus(self.now_ms(), step))


def _summary(decision: Decision) -> str:
    """A decision in a line."""
    version = "" if decision.version is None else f" version {decision.version}"
    return f"{decision.outcome}{version}, {decision.reason}"

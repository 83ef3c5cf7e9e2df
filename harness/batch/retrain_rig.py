"""What a retrain needs: a real store, an event log, and a fit that can be exchanged."""

from dataclasses import dataclass, field
from pathlib import Path

import event_log
from batch.judge_challenger import Retraining
from batch.publishing import Publisher
from batch.retrain_pipeline import Trainer
from batch.training import nothing_known
from contracts.active_version import Active
from contracts.hyper_parameters import Parameters
from contracts.retrain_log_entries import Decision, Trigger, request
from event_log import Storage
from harness.batch.degraded_models import PARAMETERS, Fit, fit
from harness.batch.synthetic_users import TOPIC, first, rows
from harness.builders import AT_MS, own_keys
from redis_store.connection import connect
from redis_store.versions import VersionStore


@dataclass
class Retrainer:
    """A trainer whose fit and hyper-parameters can be exchanged."""

    publisher: Publisher
    event_log: Storage
    fit: Fit = fit
    parameters: Parameters = PARAMETERS
    steps: list[str] = field(default_factory=list)

    def land(self, upto: int) -> None:
        """Let the log go so far."""
        events = first(upto)
        event_log.land(self.event_log, 0, [rows(events)])

    def retrain(
        self, upto: int | None = None, reason: Trigger = Trigger.volume, made: Fit | None = None
    ) -> Decision:
        """Ask for a model of everything below an offset, or of all there is."""
        using = Retraining(
            lambda rated, _: (made or self.fit)(rated),
            self.parameters,
            lambda _: True,
            nothing_known,
            self.publisher.artefacts,
            self.steps.append,
        )
        ends = event_log.ends(self.event_log) if upto is None else {0: upto}
        trainer = Trainer(
            lambda *_: using, self.publisher, self.event_log, lambda: AT_MS, self.steps.append
        )
        return trainer.obey(request(reason, ends, AT_MS))

    @property
    def active(self) -> Active | None:
        return self.publisher.versions.active()

    @property
    def version(self) -> int | None:
        return self.active.version if self.active else None


def retrainer(redis_url: str, log: Storage, folder: Path) -> Retrainer:
    """One with an empty log, and a store of its own."""
    versions = VersionStore(connect(redis_url, timeout_s=5), own_keys())
    publisher = Publisher(versions, folder, 1, lambda: None, lambda: AT_MS)
    event_log.claim(log, TOPIC)
    return Retrainer(publisher, log)

"""The trainer: obeys retrain requests, one at a time, and records what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as package_version

from batch.publishing import Publisher
from batch.snapshot import Snapshot, take
from batch.training import NotEnoughRatings, NotFinite
from contracts import artefact, eventlog
from contracts.artefact import Manifest, Model, Parameters
from contracts.eventlog import Place
from contracts.requests import Decision, Outcome, Request, RetrainLog
from contracts.store.status import StatusStore
from contracts.topics import earlier

LOOK_EVERY_S = 0.5
KEPT_AFTER_S = 60
"""A version that is no longer kept is unlinked so long after an activation."""


@dataclass
class Worker:
    """What obeying needs; `train` makes a model of a snapshot."""

    retrains: RetrainLog
    train: Callable[[Snapshot], Model]
    publisher: Publisher
    status: StatusStore
    event_log: Place
    parameters: Parameters
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
                self.retrains.append(self.obey(state.open))
                self._prune_at_ms = self.now_ms() + KEPT_AFTER_S * 1000
            elif self._prune_at_ms and self.now_ms() >= self._prune_at_ms:
                self.publisher.prune()
                self._prune_at_ms = None
            self.sleep(LOOK_EVERY_S)

    def obey(self, request: Request) -> Decision:
        """Train, publish and say what came of it."""
        offsets = earlier(request.snapshot, eventlog.ends(self.event_log))
        try:
            snapshot = take(self.event_log, offsets)
            model = self.train(snapshot)
        except NotEnoughRatings as error:
            return self._decision(request, offsets, Outcome.insufficient, None, str(error))
        except NotFinite as error:
            return self._decision(request, offsets, Outcome.refused, None, str(error))
        return self._publish(request, model, snapshot)

    def _publish(self, request: Request, model: Model, snapshot: Snapshot) -> Decision:
        first = self.publisher.versions.active() is None
        above = artefact.newest_version(self.publisher.artefacts)
        version = self.publisher.versions.next_token(above)
        outcome = Outcome.promoted if first else Outcome.refreshed
        why = f"asked by {request.reason}, {int(model.ratings.sum())} ratings"
        manifest = Manifest(
            version=version,
            topic=eventlog.identity_of(self.event_log),
            snapshot=dict(snapshot.offsets),
            parameters=self.parameters,
            metrics={"ratings": float(model.ratings.sum()), "movies": float(len(model.movies))},
            decision=f"{outcome}: {why}",
            code_version=package_version("reelstream"),
            created_at_ms=self.now_ms(),
            sha256={},
        )
        made = self.publisher.make(version, model, snapshot, self.now_ms())
        self.publisher.publish(manifest, model, made)
        return self._decision(request, dict(snapshot.offsets), outcome, version, why)

    def _decision(
        self,
        request: Request,
        offsets: dict[int, int],
        outcome: Outcome,
        version: int | None,
        why: str,
    ) -> Decision:
        return Decision(request.request_id, offsets, outcome, version, why, self.now_ms())

"""The trainer: one retrain from its request to its decision, read, judge, learn, publish."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path

import event_log
from batch import pooled_hits, searched_parameters, version_checks
from batch.build_lists import LIST_LENGTH
from batch.champion import Champion, NoReference, champion
from batch.judge_challenger import Retraining
from batch.promotion_gate import Verdict
from batch.publishing import ActiveHeld, Publisher
from batch.snapshot import Snapshot, merged
from batch.training import NotEnoughRatings, NotFinite, Trained
from contracts import artefact
from contracts.artefact import BrokenArtefact, Manifest
from contracts.file_locks import alone
from contracts.hyper_parameters import Parameters
from contracts.next_offsets import NextOffsets, earlier
from contracts.process_exit import BUSY, Failure
from contracts.retrain_log_entries import Decision, Outcome, Request, Trigger
from contracts.stored_value_checks import CorruptValue
from event_log import Events, Storage, events_below
from recommender.rating_checks import NotARating

LOCK = "trainer"
"""Beside the artefacts: held by the one trainer."""


class TrainerHeld(Failure):
    """Another trainer runs."""

    where = "batch"
    what_to_do = "use `reelstream retrain`, or stop that one first"
    code = BUSY


@contextmanager
def only_trainer(artefacts: Path) -> Iterator[None]:
    """Within, no other trainer publishes to this store of artefacts.

    Raises:
        TrainerHeld: if one does already.
    """
    artefacts.mkdir(parents=True, exist_ok=True)
    try:
        with alone(artefacts / LOCK):
            yield
    except BlockingIOError:
        raise TrainerHeld(f"another trainer is publishing to {artefacts}") from None


@dataclass(frozen=True)
class Trainer:
    """What obeying needs.

    Attributes:
        retraining: how models of so many events are made, beside the live hyper-parameters.
        publisher: puts them where they are read.
        event_log: what they learn from.
        now_ms: the wall clock.
        report: is told each step.
    """

    retraining: Callable[[int, Parameters | None], Retraining]
    publisher: Publisher
    event_log: Storage
    now_ms: Callable[[], int]
    report: Callable[[str], None]

    def obey(self, request: Request) -> Decision:
        """Retrain, and say what came of it.

        Raises:
            BrokenLog: if the log has a gap.
            CorruptValue: if Redis gives back other than was written.
            StaleToken: if a newer trainer has activated a version meanwhile.
        """
        offsets = earlier(request.snapshot, event_log.ends(self.event_log))
        try:
            return self._decided(request, offsets)
        except NotEnoughRatings as error:
            verdict = Verdict(Outcome.insufficient, str(error), {})
        except (NotARating, NotFinite, version_checks.VersionRejected, BrokenArtefact) as error:
            verdict = Verdict(Outcome.refused, str(error), {})
        return self._decision(request, offsets, verdict, None)

    def _decided(self, request: Request, offsets: NextOffsets) -> Decision:
        self.report("reading the event log")
        events = events_below(self.event_log, offsets)
        live, caveat = self._champion(events)
        by_hand = request.reason is Trigger.hand
        snapshot = merged(events, offsets)
        making = self.retraining(len(events.offset), live.manifest.parameters if live else None)
        done = making.run(events, snapshot, live, by_hand)
        verdict = done.verdict._replace(reason=f"{caveat}{done.verdict.reason}")
        version = None
        if done.trained and verdict.passed:
            try:
                version = self._publish(verdict, done.trained, snapshot, live)
                if verdict.outcome is Outcome.promoted:
                    pooled_hits.reset(self.publisher.artefacts)
            except ActiveHeld as held:
                reason = f"{held}, it would have been {verdict.outcome}: {verdict.reason}"
                verdict = verdict._replace(outcome=Outcome.held, reason=reason)
        return self._decision(request, offsets, verdict, version)

    def _champion(self, events: Events) -> tuple[Champion | None, str]:
        """The live version, if there is one to compare with, and what is to be said if not."""
        topic = event_log.identity_of(self.event_log)
        try:
            active = self.publisher.versions.active()
            if active is None:
                return None, ""
            return champion(self.publisher.artefacts, active.version, topic, events), ""
        except (BrokenArtefact, NoReference, CorruptValue) as error:
            return None, f"the live version cannot be compared ({error}); "

    def _publish(
        self, verdict: Verdict, trained: Trained, snapshot: Snapshot, live: Champion | None
    ) -> int:
        model, beside = trained.model, live.manifest if live else None
        above = artefact.newest_version(self.publisher.artefacts)
        version = self.publisher.versions.next_token(above)
        now_ms = self.now_ms()
        self.report("making lists")
        made = self.publisher.make(version, model, snapshot, now_ms)
        version_checks.check(snapshot, model, made.lists, LIST_LENGTH)
        size = {"ratings": float(model.ratings.sum()), "movies": float(len(model.movies))}
        size["suspects"] = float(len(trained.suspects))
        manifest = Manifest(
            version=version,
            topic=event_log.identity_of(self.event_log),
            snapshot=dict(snapshot.offsets),
            parameters=model.parameters,
            metrics=size | verdict.figures,
            decision=f"{verdict.outcome}: {verdict.reason}",
            code_version=package_version("reelstream"),
            created_at_ms=now_ms,
            sha256={},
            suspects=trained.suspects,
            searched_ratings=searched_parameters.ratings_of(
                self.publisher.artefacts, model.parameters, beside
            ),
        )
        self.report("publishing")
        self.publisher.publish(manifest, model, made)
        return version

    def _decision(
        self, request: Request, offsets: NextOffsets, verdict: Verdict, version: int | None
    ) -> Decision:
        return Decision(
            request_id=request.request_id,
            snapshot=dict(offsets),
            outcome=verdict.outcome,
            version=version,
            reason=f"requested by {request.reason}: {verdict.reason}",
            decided_at_ms=self.now_ms(),
            figures=verdict.figures,
        )

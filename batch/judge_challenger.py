"""Judges a challenger beside champion or popularity; trains on all events if it passes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from batch import promotion_gate, version_checks
from batch.champion import Champion
from batch.holdout import lately, newest_of_all, split_off
from batch.list_churn import ListChurn, compare_lists, sample_users
from batch.model_comparison import hits
from batch.pooled_hits import keep, pooled
from batch.promotion_gate import Verdict
from batch.searched_parameters import judged_from, refuse
from batch.snapshot import Snapshot
from batch.training import Describe, NotFinite, Trained
from contracts.artefact import Model
from contracts.hyper_parameters import Parameters
from contracts.retrain_log_entries import Outcome
from event_log import Events
from recommender.ratings import IndexedRatings, Ratings
from recommender.scorers import Factored
from recommender.taste_probes import Probes, probe


class Retrained(NamedTuple):
    """What became of a retrain.

    Attributes:
        verdict: of the gate.
        trained: of all events; None where the challenger alone is refused.
        churn: what it changes for people; None without a model or a champion.
    """

    verdict: Verdict
    trained: Trained | None = None
    churn: ListChurn | None = None


@dataclass(frozen=True)
class Retraining:
    """How models are made.

    Attributes:
        fit: raises NotARating, NotEnoughRatings and NotFinite.
        parameters: that are tried.
        can_fit: whether the engine can have these hyper-parameters.
        describe: says what is known of movies besides ratings.
        artefacts: where versions lie, and what was judged of other hyper-parameters.
        report: is told each step.
    """

    fit: Callable[[Ratings, Parameters], Trained]
    parameters: Parameters
    can_fit: Callable[[Parameters], bool]
    describe: Describe
    artefacts: Path
    report: Callable[[str], None]

    def run(
        self, events: Events, snapshot: Snapshot, champion: Champion | None, by_hand: bool
    ) -> Retrained:
        """Judge a challenger; learn from all events if it passes.

        As long as other hyper-parameters than the live ones have not passed, those are refreshed.

        Args:
            events: all of the log below the snapshot.
            snapshot: what stands after them.
            champion: the live model, or None.
            by_hand: whether somebody asked for just these hyper-parameters.

        Raises:
            NotARating: if the log holds what is no rating.
            NotEnoughRatings: if there is no like to learn from.
            NotFinite: if a factor is not a finite number.
        """
        if champion is None:
            return self._beside_popularity(events, snapshot, None, self.parameters)
        if champion.manifest.parameters == self.parameters:
            return self._same(events, snapshot, champion)
        done = self._tried(events, snapshot, champion)
        if by_hand and done.verdict.outcome is Outcome.insufficient:
            done = self._beside_popularity(events, snapshot, champion, self.parameters)
        return done if done.verdict.passed else self._instead(done, events, snapshot, champion)

    def _same(self, events: Events, snapshot: Snapshot, champion: Champion) -> Retrained:
        """With the live hyper-parameters: a refresh, unless lists change much by it."""
        refreshed = self._refreshed(events, snapshot, champion)
        if refreshed.verdict.figures.get("overlap", 1.0) >= promotion_gate.CLOSE:
            return refreshed
        done = self._beside_champion(events, snapshot, champion)
        return done if done.verdict.passed else refreshed

    def _instead(
        self, done: Retrained, events: Events, snapshot: Snapshot, champion: Champion
    ) -> Retrained:
        """A refresh of what is live, in the place of what has not passed."""
        if not self.can_fit(champion.manifest.parameters):
            return done
        refreshed = self._refreshed(events, snapshot, champion)
        if not refreshed.verdict.passed:
            return done
        waiting = done.verdict
        other = f"other hyper-parameters {waiting.outcome}: {waiting.reason}"
        why = f"{refreshed.verdict.reason}; {other}"
        figures = {f"other_{name}": value for name, value in waiting.figures.items()}
        verdict = refreshed.verdict._replace(
            reason=why, figures=refreshed.verdict.figures | figures
        )
        return refreshed._replace(verdict=verdict)

    def _tried(self, events: Events, snapshot: Snapshot, champion: Champion) -> Retrained:
        """Other hyper-parameters: what a search has found is not tried again once it is refused."""
        try:
            done = self._beside_champion(events, snapshot, champion)
        except NotFinite as error:
            done = Retrained(Verdict(Outcome.refused, str(error), {}))
        if done.verdict.outcome is Outcome.refused:
            refuse(self.artefacts, self.parameters)
        return done

    def _beside_champion(self, events: Events, snapshot: Snapshot, champion: Champion) -> Retrained:
        """Judge by what came lately; of other hyper-parameters, with the retrains before it."""
        self.report("judging")
        live = champion.manifest.parameters
        begin = judged_from(self.artefacts, self.parameters, champion.manifest.snapshot)
        pool = pooled(self.artefacts, live, self.parameters, begin)
        new = split_off(events, lately(events, pool.judged))
        if not new.test.likes.any():
            return Retrained(promotion_gate.cannot_judge("no new likes to compare models by"))
        challenger = self.fit(new.train.rated(), self.parameters).model
        found = hits(new, challenger, champion.model)
        if live != self.parameters:
            pool = pool.with_hits(found, events.ends)
            keep(self.artefacts, pool)
            found = pool.hits
        verdict = promotion_gate.beside_champion(found)
        return self._learned(verdict, snapshot, champion, self.parameters)

    def _beside_popularity(
        self,
        events: Events,
        snapshot: Snapshot,
        champion: Champion | None,
        parameters: Parameters,
    ) -> Retrained:
        self.report("judging")
        split = split_off(events, newest_of_all(events))
        found = hits(split, self.fit(split.train.rated(), parameters).model, None)
        verdict = promotion_gate.beside_popularity(found)
        return self._learned(verdict, snapshot, champion, parameters)

    def _refreshed(self, events: Events, snapshot: Snapshot, champion: Champion) -> Retrained:
        live = champion.manifest.parameters
        done = self._beside_popularity(events, snapshot, champion, live)
        if done.churn is None or not done.verdict.passed:
            return done
        return done._replace(verdict=promotion_gate.refresh(done.verdict, done.churn.overlap))

    def _learned(
        self,
        verdict: Verdict,
        snapshot: Snapshot,
        champion: Champion | None,
        parameters: Parameters,
    ) -> Retrained:
        """With a model of all events, if the verdict allows one."""
        if not verdict.passed:
            return Retrained(verdict)
        self.report("learning")
        trained = self.fit(snapshot.rated, parameters)
        if champion is None:
            return Retrained(verdict, trained)
        self.report("comparing lists")
        changes = compare_lists(champion.model, trained.model, sample_users(champion.learned))
        try:
            version_checks.check_churn(changes, snapshot, trained.model)
        except version_checks.VersionRejected as error:
            return Retrained(Verdict(Outcome.refused, str(error), verdict.figures))
        before, after = self._probed(snapshot.rated, champion.model, trained.model)
        return Retrained(promotion_gate.tastes(verdict, before, after), trained, changes)

    def _probed(self, rated: Ratings, *models: Model) -> Iterator[Probes | None]:
        """Whether lists of these models follow taste, by what is known of movies today."""
        movies = np.unique(np.concatenate([model.movies for model in models]))
        ratings = IndexedRatings.of(rated, movies)
        genres = self.describe(movies).genres
        return (probe(Factored(model, movies), ratings, genres) for model in models)

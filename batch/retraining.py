"""A retrain: holding out, evaluating, and the resulting model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from batch import promotion_gate
from batch.holdout import lately, newest_of_all, split_off
from batch.list_churn import ListChurn, compare_lists, sample_users
from batch.model_comparison import cases, hits
from batch.promotion_gate import Verdict
from batch.snapshot import Snapshot
from batch.training import Trained
from contracts.artefact import Manifest, Model, Parameters
from event_log import Events
from recommender.ratings import Ratings, Split


class Champion(NamedTuple):
    """The live model, and what stood below its snapshot."""

    manifest: Manifest
    model: Model
    learned: Snapshot


class Retrained(NamedTuple):
    """What became of a retrain.

    Attributes:
        verdict: of the gate.
        trained: of all events; None where the gate refuses.
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
        parameters: that it fits with.
        report: is told each step.
    """

    fit: Callable[[Ratings], Trained]
    parameters: Parameters
    report: Callable[[str], None]

    def run(
        self, events: Events, everything: Ratings, champion: Champion | None, by_hand: bool
    ) -> Retrained:
        """Judge a challenger; learn from all events if it passes.

        Args:
            events: all of the log below the snapshot.
            everything: the ratings that stand after them.
            champion: the live model, or None.
            by_hand: whether somebody asked for just these hyper-parameters.

        Raises:
            NotARating: if the log holds what is no rating.
            NotEnoughRatings: if there is no like to learn from.
            NotFinite: if a factor is not a finite number.
        """
        if champion is None:
            return self._beside_popularity(events, everything, None)
        new = split_off(events, lately(events, champion.manifest.snapshot))
        if cases(new).enough:
            return self._beside_champion(new, everything, champion)
        if champion.manifest.parameters == self.parameters:
            return self._refreshed(events, everything, champion)
        if by_hand:
            return self._beside_popularity(events, everything, champion)
        why = "hyper-parameters differ from the live version's, too few likes since to compare"
        return Retrained(promotion_gate.cannot_judge(why))

    def _beside_champion(self, new: Split, everything: Ratings, champion: Champion) -> Retrained:
        self.report("judging")
        found = hits(new, self.fit(new.train.rated()).model, champion.model)
        return self._learned(promotion_gate.beside_champion(found), everything, champion)

    def _beside_popularity(
        self, events: Events, everything: Ratings, champion: Champion | None
    ) -> Retrained:
        self.report("judging")
        split = split_off(events, newest_of_all(events))
        found = hits(split, self.fit(split.train.rated()).model, None)
        return self._learned(promotion_gate.beside_popularity(found), everything, champion)

    def _refreshed(self, events: Events, everything: Ratings, champion: Champion) -> Retrained:
        done = self._beside_popularity(events, everything, champion)
        if done.churn is None:
            return done
        return done._replace(verdict=promotion_gate.refresh(done.verdict, done.churn.overlap))

    def _learned(
        self, verdict: Verdict, everything: Ratings, champion: Champion | None
    ) -> Retrained:
        """With a model of all events, if the verdict allows one."""
        if not verdict.passed:
            return Retrained(verdict)
        self.report("learning")
        trained = self.fit(everything)
        if champion is None:
            return Retrained(verdict, trained)
        self.report("comparing lists")
        changes = compare_lists(champion.model, trained.model, sample_users(champion.learned))
        return Retrained(verdict, trained, changes)

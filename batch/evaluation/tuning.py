"""Hyper-parameters by Optuna: from what a split lets a model learn from, of one release or several.

The judged side of the split takes no part. Ranking and stars are searched one after the other,
each in a study of its own, kept in one journal: what is there already is not tried again, but for
stars where another ranking has become the best.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple, cast

import msgspec
import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from batch.evaluation.errors import NothingToJudge
from batch.evaluation.factored_model import factored
from batch.evaluation.named_splits import split_of
from batch.evaluation.objective import Difference, Judge, Worth
from batch.evaluation.ratings_only_parameters import RATINGS_ONLY
from batch.evaluation.search_progress import RANKING, STARS, Tried
from batch.evaluation.search_space import SPACE, suggest_ranking, suggest_stars, trial_of
from batch.evaluation.star_error import star_error
from batch.training import Describe, Engine, NotFinite, with_biases
from contracts.hyper_parameters import Parameters
from recommender.content_imaginary_users import kinds
from recommender.ratings import IndexedRatings, Split
from recommender.scorers import Factored

FOLDS = 4
"""Parts of the ratings, of which each judges the stars of a model that learned from the others."""
FOLDS_SEED = 101
SURE = 3
"""Standard errors, by people, by which what a search finds has to be better than what it began
with: of forty trials that are no better, one is so by chance five times in a hundred."""
NEAR = 0.01
"""Of a logarithm: trials that differ by less, a per cent, are taken for equally good."""
COMPLETE = [optuna.trial.TrialState.COMPLETE]
Direction = Literal["minimize", "maximize"]
PROBE = "probe"
"""What a trial is told to remember: the least probe of all releases."""
Report = Callable[[str, int, float], None]
"""Told the study, how many trials are done, and the best value."""


class Searched(NamedTuple):
    """A release to search on: what may be learned from, and what is known of its movies."""

    train: IndexedRatings
    describe: Describe


@dataclass(frozen=True)
class Tuning:
    """What a search needs: releases, of each its training side, and the split's name.

    Once it is `stopping`, a trial ends with its next step.
    """

    releases: Sequence[Searched]
    split: str
    engine: Engine
    stopping: Callable[[], bool] = lambda: False

    def ranking(self, trial: optuna.Trial) -> float:
        """The objective's logarithm, the mean over all releases; larger is better.

        Raises:
            TrialPruned: if it is hopeless, or ends in vectors that are no numbers.
        """
        try:
            return self._worth(trial)
        except NotFinite as error:
            raise optuna.TrialPruned(str(error)) from error

    def _worth(self, trial: optuna.Trial) -> float:
        parameters = suggest_ranking(trial, Parameters(), described=self.described)
        worth: list[Worth] = []
        steps = count()
        for number, judge in enumerate(self._judges):
            before = list(worth)
            for one in judge.worth(self._learning(parameters, number)):
                worth = [*before, one]
                self._report(trial, float(np.mean([each.log for each in worth])), next(steps))
        if probes := [one.probe for one in worth if one.probe is not None]:
            trial.set_user_attr(PROBE, min(probes))
        return float(np.mean([one.log for one in worth]))

    def stars(self, ranking: Parameters) -> Callable[[optuna.Trial], float]:
        """Root mean squared error in stars, the geometric mean over releases; smaller is better.

        Vectors are those of these parameters, learned once: stars only read them.
        """
        learned = [
            [(one, self._learning(ranking, number)(one.train)) for one in folds(train)]
            for number, (train, _) in enumerate(self.releases)
        ]

        def error(trial: optuna.Trial) -> float:
            parameters, errors = suggest_stars(trial, ranking), []
            for number, some in enumerate(learned):
                errors.append(np.mean([_error(model, one, parameters) for one, model in some]))
                self._report(trial, float(np.exp(np.mean(np.log(errors)))), number)
            return float(np.exp(np.mean(np.log(errors))))

        return error

    def surely_better(self, found: Parameters, first: Parameters) -> bool:
        """Whether the found ones are worth more by `SURE` standard errors, all releases together.

        Once it is stopping, they are not.
        """
        apart: list[Difference] = []
        for number, judge in enumerate(self._judges):
            before = list(apart)
            both = (self._learning(one, number) for one in (found, first))
            for one in judge.compare(*both):
                if self.stopping():
                    return False
                apart = [*before, one]
        error = np.sqrt(sum(one.error**2 for one in apart))
        return bool(sum(one.log for one in apart) > SURE * error)

    @cached_property
    def described(self) -> bool:
        """Whether enough is known of movies to train with it."""
        return any(kinds(describe(train.movie_ids)) for train, describe in self.releases)

    @cached_property
    def _judges(self) -> list[Judge]:
        return [
            Judge.of(train, describe(train.movie_ids).genres, self._learning(RATINGS_ONLY, number))
            for number, (train, describe) in enumerate(self.releases)
        ]

    def _report(self, trial: optuna.Trial, value: float, step: int) -> None:
        """Say how a trial does, so that a hopeless one ends early."""
        trial.report(value, step)
        if self.stopping() or trial.should_prune():
            raise optuna.TrialPruned

    def _learning(
        self, parameters: Parameters, number: int
    ) -> Callable[[IndexedRatings], Factored]:
        return factored(parameters, self.engine, self.releases[number].describe)


def _error(learned: Factored, split: Split, parameters: Parameters) -> float:
    """The error of stars with the same vectors, and biases by these parameters."""
    model = with_biases(learned.folder.model, split.train.rated(), parameters)
    return star_error(Factored(model, split.train.movie_ids), split).rmse


def folds(ratings: IndexedRatings) -> Iterator[Split]:
    """Cross-validation: each part is held out once."""
    at = np.random.default_rng(FOLDS_SEED).integers(FOLDS, size=len(ratings))
    return (Split(ratings.where(at != n), ratings.where(at == n)) for n in range(FOLDS))


def tune(tuning: Tuning, trials: int, journal: Path, report: Report) -> Parameters:
    """The best parameters after so many trials of each study, those in the journal counted.

    Raises:
        NothingToJudge: if no trial came to its end.
    """
    storage = JournalStorage(JournalFileBackend(str(journal)))
    name = f"{tuning.split}-{{}}-{_digest(tuning.releases)}"

    def study(what: str, direction: Direction) -> optuna.Study:
        return _study(direction, storage, name.format(what))

    return parameters_of(search(tuning, trials, study), report)


def parameters_of(searching: Generator[Tried, None, Parameters], report: Report) -> Parameters:
    """What a search ends in."""
    while True:
        try:
            report(*next(searching))
        except StopIteration as ended:
            return cast("Parameters", ended.value)


def in_memory(what: str, direction: Direction) -> optuna.Study:
    """A study that is kept nowhere."""
    return _study(direction, None, what)


def search(
    tuning: Tuning,
    trials: int,
    study: Callable[[str, Direction], optuna.Study],
    firsts: Sequence[Parameters] = (),
    enough: Callable[[str], bool] = lambda study: False,
) -> Generator[Tried, None, Parameters]:
    """Search ranking and then stars, a trial at a time; in the end the best parameters.

    Args:
        tuning: what is searched by.
        trials: of each study, those that it has already counted.
        study: of this name and direction, new or gone on with.
        firsts: what is tried first; the very first is kept if nothing is surely better.
        enough: whether no more than one trial of this kind, RANKING or STARS, shall be begun.

    Raises:
        NothingToJudge: if no trial came to its end.
    """
    space = SPACE if tuning.described else f"without content, {SPACE}"
    ranking = study(f"{RANKING}, {space}", "maximize")
    for first in firsts:
        ranking.enqueue_trial(trial_of(first), skip_if_exists=True)
    yield from _tried(RANKING, ranking, tuning.ranking, trials, enough)
    best = _ranking(tuning, near_best(ranking))
    if firsts and ranking.trials[0].state in COMPLETE:
        first = _ranking(tuning, ranking.trials[0])
        best = best if tuning.surely_better(best, first) else first
    stars = study(f"{STARS} of {_named(best)}, {SPACE}", "minimize")
    for first in firsts:
        stars.enqueue_trial(trial_of(first), skip_if_exists=True)
    yield from _tried(STARS, stars, tuning.stars(best), trials, enough)
    return suggest_stars(optuna.trial.FixedTrial(stars.best_params), best)  # type: ignore[arg-type]


def _ranking(tuning: Tuning, trial: optuna.trial.FrozenTrial) -> Parameters:
    """The parameters of a trial that has ended."""
    chosen = optuna.trial.FixedTrial(trial.params)
    return suggest_ranking(chosen, Parameters(), described=tuning.described)  # type: ignore[arg-type]


def _named(parameters: Parameters) -> str:
    """These parameters in eight digits."""
    return hashlib.sha256(msgspec.json.encode(parameters)).hexdigest()[:8]


def _study(direction: Direction, storage: JournalStorage | None, name: str | None) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        study_name=name,
        storage=storage,
        direction=direction,
        sampler=optuna.samplers.TPESampler(seed=1, multivariate=False),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=10),
        load_if_exists=True,
    )


def _tried(
    name: str,
    study: optuna.Study,
    objective: Callable[[optuna.Trial], float],
    trials: int,
    enough: Callable[[str], bool],
) -> Iterator[Tried]:
    done = sum(one.state.is_finished() for one in study.trials)
    while done < trials and not (done and enough(name)):
        study.optimize(objective, n_trials=1)
        done += 1
        values = [one.value for one in study.get_trials(states=COMPLETE) if one.value is not None]
        best = min if study.direction is optuna.study.StudyDirection.MINIMIZE else max
        yield Tried(name, done, best(values, default=float("nan")))
    if not study.get_trials(states=COMPLETE):
        raise NothingToJudge(f"no trial of {name} came to its end")


def near_best(study: optuna.Study) -> optuna.trial.FrozenTrial:
    """The best trial; of several that are nearly as good, the one whose lists follow taste most."""

    def behind(one: optuna.trial.FrozenTrial) -> float:
        return abs(float(one.values[0]) - study.best_value)

    done = study.get_trials(states=COMPLETE)
    near = [one for one in done if PROBE in one.user_attrs and behind(one) <= NEAR]
    if not near:
        return study.best_trial
    return max(near, key=lambda one: (one.user_attrs[PROBE], -behind(one)))


def _digest(releases: Sequence[Searched]) -> str:
    """Which ratings these are, so that a journal is never taken for that of others."""
    digest = hashlib.sha256()
    for ratings, _ in releases:
        for column in (ratings.users, ratings.movies, ratings.half_stars, ratings.at_s):
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:12]


def train_side(ratings: IndexedRatings, split: str) -> IndexedRatings:
    """What the split of this name lets a model learn from, and hyper-parameters be chosen by."""
    return split_of(split)(ratings).train

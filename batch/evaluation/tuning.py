"""Hyper-parameters by Optuna: from a validation part of a split's own training side.

The judged side of the split takes no part. Ranking and stars are searched one after the other,
each in a study of its own, kept in one journal: what is there already is not tried again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from batch.evaluation.contenders import factored
from batch.evaluation.list_quality import judge
from batch.evaluation.protocols import split_of
from batch.evaluation.splits import at_random
from batch.evaluation.star_error import star_error
from batch.training import Describe, Engine
from contracts.artefact import Parameters
from recommender.content_likes import kinds
from recommender.prequential_models import Live, run_prequential
from recommender.ratings import IndexedRatings, Split
from recommender.scorers import Factored, Popular, likes_of

INNER_SEEDS = (101, 102, 103, 104)
"""Of the validation parts of a random split."""
WINDOWS = 2
"""Validation parts in time: the last fifth, and the last fifth of what is before it."""
K = 10
TYPICAL_LIKES = 50
"""The strength of a ridge is told for somebody with so many likes."""

Report = Callable[[str, int, float], None]
"""Told the study, how many trials are done, and the best value."""


@dataclass(frozen=True)
class Tuning:
    """What a search needs: training side, its split's name, and how many folds judge stars."""

    train: IndexedRatings
    split: str
    engine: Engine
    describe: Describe
    folds: int

    def ranking(self, trial: optuna.Trial) -> float:
        """NDCG@10, or the hit rate@10 of the walk, over the validation parts; larger is better."""
        given = Parameters(explicit_rank=1, explicit_iterations=1)
        parameters = suggest_ranking(trial, given, described=self.described)
        value = self._walked if self.split == "prequential" else self._judged
        return _mean(trial, (value(parameters, part) for part in self._parts()))

    def stars(self, trial: optuna.Trial) -> float:
        """Root mean squared error in stars on the validation parts; smaller is better."""
        parameters = suggest_stars(trial, Parameters(rank=1, iterations=1))
        parts = folds(self.train, self.folds) if self.folds else self._parts()
        return _mean(
            trial,
            (star_error(self._learned(parameters, part), part).rmse for part in parts),
        )

    @cached_property
    def described(self) -> bool:
        """Whether enough is known of movies to train with it."""
        return bool(kinds(self.describe(self.train.movie_ids)))

    def _judged(self, parameters: Parameters, part: Split) -> float:
        model = self._learned(parameters, part)
        return float(judge(model, part, K).by_case["ndcg"].mean())

    def _walked(self, parameters: Parameters, part: Split) -> float:
        model = self._learned(parameters, part)
        live = Live(model, Popular(likes_of(part.train)))
        return float((run_prequential(part, {"live": live}).ranks["live"] < K).mean())

    def _learned(self, parameters: Parameters, part: Split) -> Factored:
        return factored(parameters, self.engine, self.describe)(part.train)

    def _parts(self) -> Iterator[Split]:
        """Validation parts: split as the whole is, several times, as one alone says little."""
        if self.split.startswith("random"):
            yield from (at_random(seed)(self.train) for seed in INNER_SEEDS)
            return
        train = self.train
        for _ in range(WINDOWS):
            part = split_of(self.split)(train)
            yield part
            train = part.train


def _mean(trial: optuna.Trial, values: Iterator[float]) -> float:
    """The mean, told part by part, so that a hopeless trial ends early."""
    seen: list[float] = []
    for value in values:
        seen.append(value)
        trial.report(float(np.mean(seen)), len(seen))
        if trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(seen))


def folds(ratings: IndexedRatings, count: int) -> Iterator[Split]:
    """Cross-validation: each part is held out once."""
    at = np.random.default_rng(INNER_SEEDS[0]).integers(count, size=len(ratings))
    return (Split(ratings.where(at != n), ratings.where(at == n)) for n in range(count))


def suggest_ranking(trial: optuna.Trial, given: Parameters, *, described: bool) -> Parameters:
    """Parameters of the ranking; rank and iterations are what is affordable, not searched."""
    content_weight = trial.suggest_float("content_weight", 0, 2, step=0.1) if described else 0.0
    base = trial.suggest_float("base_likes", 10, 500, log=True)
    ridge = trial.suggest_float("ridge", 2, 15, log=True)
    weights = (
        round(trial.suggest_float("prior_few", 0, 0.2, step=0.02), 2),
        round(trial.suggest_float("prior_some", 0, 0.2, step=0.02), 2),
        round(trial.suggest_float("prior_many", 0, 0.08, step=0.02), 2),
    )
    return msgspec.structs.replace(
        given,
        base_likes=round(base, 2),
        regularisation=round(ridge / (base + TYPICAL_LIKES), 5),
        unobserved_weight=round(trial.suggest_float("unobserved_weight", 0.05, 0.6, log=True), 4),
        dislike_weight=round(trial.suggest_float("dislike_weight", 0, 0.8, step=0.1), 2),
        content_weight=round(content_weight, 2),
        prior_half_life_days=round(trial.suggest_float("half_life_days", 90, 3650, log=True)),
        prior_weights=weights,
    )


def suggest_stars(trial: optuna.Trial, given: Parameters) -> Parameters:
    """Parameters of predicted stars, likewise."""
    return msgspec.structs.replace(
        given,
        explicit_regularisation=round(trial.suggest_float("ridge", 0.1, 0.6, log=True), 4),
        movie_damping=round(trial.suggest_float("movie_damping", 0.5, 20, log=True), 2),
        user_damping=round(trial.suggest_float("user_damping", 0.5, 20, log=True), 2),
    )


def tune(tuning: Tuning, trials: int, journal: Path, report: Report) -> Parameters:
    """The best parameters after so many trials of each study, those in the journal counted.

    Raises:
        ValueError: if nothing was tried.
    """
    searched = "ranking with content" if tuning.described else "ranking"
    ranking = _searched(tuning, searched, tuning.ranking, trials, journal, report)
    stars = _searched(tuning, "stars", tuning.stars, trials, journal, report)
    fixed = optuna.trial.FixedTrial
    best = suggest_ranking(fixed(ranking), Parameters(), described=tuning.described)  # type: ignore[arg-type]
    return suggest_stars(fixed(stars), best)  # type: ignore[arg-type]


def _searched(
    tuning: Tuning,
    what: str,
    objective: Callable[[optuna.Trial], float],
    trials: int,
    journal: Path,
    report: Report,
) -> dict[str, float]:
    study = optuna.create_study(
        study_name=f"{tuning.split}-{what}-{tuning.folds}-{_digest(tuning.train)}",
        storage=JournalStorage(JournalFileBackend(str(journal))),
        direction="minimize" if what == "stars" else "maximize",
        sampler=optuna.samplers.TPESampler(seed=1, multivariate=False),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=10),
        load_if_exists=True,
    )
    done = [one for one in study.trials if one.state.is_finished()]

    def after_trial(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        report(what, trial.number + 1, study.best_value)

    left = max(0, trials - len(done))
    study.optimize(objective, n_trials=left, callbacks=[after_trial])
    return study.best_params


def _digest(ratings: IndexedRatings) -> str:
    """Which ratings these are, so that a journal is never taken for that of others."""
    columns = (ratings.users, ratings.movies, ratings.half_stars, ratings.at_s)
    digest = hashlib.sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:12]


def train_side(ratings: IndexedRatings, split: str) -> IndexedRatings:
    """What the split of this name lets a model learn from, and hyper-parameters be chosen by."""
    return split_of(split)(ratings).train

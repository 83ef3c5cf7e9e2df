"""Hyper-parameters by Optuna: from a validation part of a split's own training side.

The judged side of the split takes no part. Ranking and stars are searched one after the other,
each in a study of its own, kept in one journal: what is there already is not tried again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from batch.evaluation.contenders import Factored, Popular, likes_of
from batch.evaluation.dataset import Ratings
from batch.evaluation.protocols import split_of
from batch.evaluation.ranking import judge
from batch.evaluation.splits import Split, at_random, in_time, last_of_each
from batch.evaluation.stars import star_error
from batch.evaluation.walk import Live, walk
from batch.training import Engine
from contracts.artefact import Parameters

INNER_SEEDS = (101, 102)
"""Of the validation parts of a random split."""
WALK_PARTS = 4
K = 10
TYPICAL_LIKES = 50
"""The strength of a ridge is told for somebody with so many likes."""

Report = Callable[[str, int, float], None]
"""Told the study, how many trials are done, and the best value."""


@dataclass(frozen=True)
class Tuning:
    """What a search needs: training side, name of its split, how many folds stars are judged by."""

    train: Ratings
    split: str
    engine: Engine
    folds: int

    def ranking(self, trial: optuna.Trial) -> float:
        """NDCG@10, or the hit rate@10 of the walk, on the validation part; larger is better."""
        parameters = suggest_ranking(trial, Parameters())
        values: list[float] = []
        for value in self._ranked(parameters):
            values.append(value)
            trial.report(float(np.mean(values)), len(values))
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

    def stars(self, trial: optuna.Trial) -> float:
        """Root mean squared error in stars on the validation part; smaller is better."""
        parameters = suggest_stars(trial, Parameters(rank=1, iterations=1))
        errors: list[float] = []
        for split in self._parts():
            model = Factored(split.train, parameters, self.engine)
            errors.append(star_error(model, split).rmse)
            trial.report(float(np.mean(errors)), len(errors))
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(errors))

    def _ranked(self, parameters: Parameters) -> Iterator[float]:
        if self.split == "prequential":
            yield from self._walked(parameters)
            return
        splits = [last_of_each] if self.split == "last" else [at_random(s) for s in INNER_SEEDS]
        for splitter in splits:
            part = splitter(self.train)
            model = Factored(part.train, parameters, self.engine)
            yield float(judge(model, part, K).by_user["ndcg"].mean())

    def _walked(self, parameters: Parameters) -> Iterator[float]:
        """The hit rate up to each quarter of the walk, so that the last one is the whole."""
        part = in_time(self.train)
        live = Live(Factored(part.train, parameters, self.engine), Popular(likes_of(part.train)))
        hits, cases = 0, 0
        cuts = np.linspace(0, len(part.test), WALK_PARTS + 1).astype(int).tolist()
        past = part.train
        for first, last in pairwise(cuts):
            quarter = part.test.where(slice(first, last))
            places = walk(Split(past, quarter), {"live": live}).places["live"]
            hits, cases = hits + int((places < K).sum()), cases + len(places)
            yield hits / max(1, cases)
            past = past.followed_by(quarter)

    def _parts(self) -> Iterator[Split]:
        if self.folds:
            yield from folds(self.train, self.folds)
        elif self.split == "prequential":
            yield in_time(self.train)
        elif self.split == "last":
            yield last_of_each(self.train)
        else:
            yield from (at_random(seed)(self.train) for seed in INNER_SEEDS)


def folds(ratings: Ratings, count: int) -> Iterator[Split]:
    """Cross-validation: each part is held out once."""
    at = np.random.default_rng(INNER_SEEDS[0]).integers(count, size=len(ratings))
    return (Split(ratings.where(at != n), ratings.where(at == n)) for n in range(count))


def suggest_ranking(trial: optuna.Trial, given: Parameters) -> Parameters:
    """Parameters of the ranking, the others as given."""
    base = trial.suggest_float("base_likes", 1, 1000, log=True)
    ridge = trial.suggest_float("ridge", 1, 30, log=True)
    weights = (
        trial.suggest_float("prior_few", 0, 0.3, step=0.01),
        trial.suggest_float("prior_some", 0, 0.2, step=0.01),
        trial.suggest_float("prior_many", 0, 0.15, step=0.01),
    )
    return msgspec.structs.replace(
        given,
        rank=trial.suggest_int("rank", 32, 128, step=32),
        iterations=trial.suggest_int("iterations", 5, 16),
        base_likes=round(base, 2),
        regularisation=round(ridge / (base + TYPICAL_LIKES), 5),
        unobserved_weight=round(trial.suggest_float("unobserved_weight", 0.02, 1, log=True), 4),
        dislike_weight=trial.suggest_float("dislike_weight", 0, 0.8, step=0.05),
        prior_half_life_days=round(trial.suggest_float("half_life_days", 60, 3650, log=True)),
        prior_weights=weights,
    )


def suggest_stars(trial: optuna.Trial, given: Parameters) -> Parameters:
    """Parameters of predicted stars, the others as given."""
    return msgspec.structs.replace(
        given,
        explicit_rank=trial.suggest_int("rank", 8, 64, step=8),
        explicit_iterations=trial.suggest_int("iterations", 5, 20),
        explicit_regularisation=round(trial.suggest_float("ridge", 0.1, 0.6, log=True), 4),
        movie_damping=round(trial.suggest_float("movie_damping", 0.5, 20, log=True), 2),
        user_damping=round(trial.suggest_float("user_damping", 0.5, 20, log=True), 2),
    )


def tune(tuning: Tuning, trials: int, journal: Path, report: Report) -> Parameters:
    """The best parameters after so many trials of each study, those in the journal counted.

    Raises:
        ValueError: if nothing was tried.
    """
    ranking = _searched(tuning, "ranking", tuning.ranking, trials, journal, report)
    stars = _searched(tuning, "stars", tuning.stars, trials, journal, report)
    best = suggest_ranking(optuna.trial.FixedTrial(ranking), Parameters())  # type: ignore[arg-type]
    return suggest_stars(optuna.trial.FixedTrial(stars), best)  # type: ignore[arg-type]


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
        direction="maximize" if what == "ranking" else "minimize",
        sampler=optuna.samplers.TPESampler(seed=1, multivariate=False),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=10),
        load_if_exists=True,
    )
    done = [one for one in study.trials if one.state.is_finished()]

    def told(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        report(what, trial.number + 1, study.best_value)

    left = max(0, trials - len(done))
    study.optimize(objective, n_trials=left, callbacks=[told])
    return study.best_params


def _digest(ratings: Ratings) -> str:
    """Which ratings these are, so that a journal is never taken for that of others."""
    columns = (ratings.users, ratings.movies, ratings.half_stars, ratings.at_s)
    digest = hashlib.sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()[:12]


def train_side(ratings: Ratings, split: str) -> Ratings:
    """What the split of this name lets a model learn from, and hyper-parameters be chosen by."""
    return split_of(split)(ratings).train

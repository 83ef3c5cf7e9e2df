from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import optuna
import pytest

from batch.evaluation.errors import NoSuchSplit
from batch.evaluation.tuning import (
    PROBE,
    Searched,
    Tuning,
    folds,
    in_memory,
    near_best,
    parameters_of,
    search,
    train_side,
    tune,
)
from batch.native_engine import Native
from batch.training import nothing_known
from contracts.hyper_parameters import Parameters
from recommender.ratings import IndexedRatings
from tests.batch.evaluation.small_datasets import drawn

pytestmark = pytest.mark.slow

WHOLE = drawn(users=30, movies=40)


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def tuning_of(*sides: IndexedRatings) -> Tuning:
    return Tuning([Searched(side, nothing_known) for side in sides], "last", Native(1))


def searched(journal: Path, trials: int, *sides: IndexedRatings) -> tuple[Parameters, list[str]]:
    """The best parameters, and which trials were run for them."""
    run: list[str] = []
    tuning = tuning_of(*(sides or (train_side(WHOLE, "last"),)))
    best = tune(tuning, trials, journal, lambda study, done, value: run.append(f"{study}{done}"))
    return best, run


def test_a_search_ends_in_parameters(tmp_path: Path) -> None:
    best, run = searched(tmp_path / "journal", 2)

    assert best != Parameters()
    assert run == ["ranking1", "ranking2", "stars1", "stars2"]


def test_parameters_may_be_searched_for_several_releases(tmp_path: Path) -> None:
    two = drawn(users=30, movies=40), drawn(users=20, movies=30, seed=2)

    together, _ = searched(tmp_path / "together", 3, *two)

    assert together == searched(tmp_path / "again", 3, *two)[0]


def test_a_trial_is_worth_the_mean_of_its_releases() -> None:
    one, other = drawn(users=30, movies=40), drawn(users=20, movies=30, seed=2)
    given = {
        "base_likes": 10, "ridge": 3, "exponent": 0, "prior": 0, "unobserved_weight": 0.3,
        "dislike_weight": 0.1, "half_life_days": 100,
    }  # fmt: skip
    trial = cast("optuna.Trial", optuna.trial.FixedTrial(given))

    alone = [tuning_of(side).ranking(trial) for side in (one, other)]

    assert tuning_of(one, other).ranking(trial) == pytest.approx(np.mean(alone))


def test_of_trials_that_are_nearly_as_good_the_one_that_follows_taste_most_is_taken() -> None:
    study = optuna.create_study(direction="maximize")
    for x, value, probe in [(1, 0.5, 0.6), (2, 0.496, 0.8), (3, 0.48, 0.9), (4, 0.498, 0.7)]:
        study.add_trial(
            optuna.trial.create_trial(
                params={"x": x},
                distributions={"x": optuna.distributions.IntDistribution(1, 4)},
                value=value,
                user_attrs={PROBE: probe},
            )
        )

    assert near_best(study).params == {"x": 2}


def test_where_no_taste_was_probed_the_best_trial_is_taken() -> None:
    study = optuna.create_study(direction="minimize")
    study.optimize(lambda trial: trial.suggest_int("x", 1, 9), n_trials=5)

    assert near_best(study) == study.best_trial


def test_what_is_tried_first_is_kept_unless_something_is_surely_better() -> None:
    tuning = tuning_of(drawn(users=30, movies=40))
    hopeless = Parameters(base_likes=500, unobserved_weight=1, popularity_exponent=0.4)

    def end(first: Parameters, sure: bool) -> Parameters:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Tuning, "surely_better", lambda *_: sure)
            return parameters_of(search(tuning, 3, in_memory, [first]), lambda *_: None)

    assert end(hopeless, sure=False).base_likes == 500
    assert end(hopeless, sure=True).base_likes != 500


def test_parameters_are_not_surely_better_than_themselves() -> None:
    assert not tuning_of(drawn(users=30, movies=40)).surely_better(Parameters(), Parameters())


def test_a_search_that_is_stopping_keeps_what_it_began_with() -> None:
    tuning = replace(tuning_of(drawn(users=30, movies=40)), stopping=lambda: True)

    assert not tuning.surely_better(Parameters(), Parameters(base_likes=500))


def test_the_same_search_finds_the_same(tmp_path: Path) -> None:
    assert searched(tmp_path / "one", 3)[0] == searched(tmp_path / "other", 3)[0]


def test_a_search_goes_on_with_what_its_journal_has(tmp_path: Path) -> None:
    searched(tmp_path / "journal", 2)

    _, run = searched(tmp_path / "journal", 3)

    assert run == ["ranking3", "stars3"]


def test_a_journal_of_other_ratings_is_not_gone_on_with(tmp_path: Path) -> None:
    searched(tmp_path / "journal", 1)
    other = drawn(users=30, movies=40, seed=2)
    run: list[str] = []

    tune(tuning_of(other), 1, tmp_path / "journal", lambda study, *_: run.append(study))

    assert run == ["ranking", "stars"]


def test_the_judged_side_takes_no_part(tmp_path: Path) -> None:
    """Other ratings on the judged side change nothing of what is found."""
    held = WHOLE.at_s >= np.sort(WHOLE.at_s)[int(len(WHOLE) * 0.8)]
    altered = IndexedRatings(
        WHOLE.user_ids,
        WHOLE.movie_ids,
        WHOLE.users,
        WHOLE.movies,
        np.where(held, 11 - WHOLE.half_stars, WHOLE.half_stars).astype(np.uint8),
        WHOLE.at_s,
    )

    def best(ratings: IndexedRatings, name: str) -> Parameters:
        return searched(tmp_path / name, 2, train_side(ratings, "prequential"))[0]

    assert best(WHOLE, "one") == best(altered, "other")


def test_every_rating_is_held_out_in_one_fold() -> None:
    held = [split.test for split in folds(WHOLE)]

    assert sum(map(len, held)) == len(WHOLE)


@pytest.mark.parametrize("name", ["random", "random-x", "first", ""])
def test_another_name_is_no_split(name: str) -> None:
    with pytest.raises(NoSuchSplit, match="not one of random-SEED"):
        train_side(WHOLE, name)

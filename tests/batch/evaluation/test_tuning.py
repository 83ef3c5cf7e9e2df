from pathlib import Path

import numpy as np
import optuna
import pytest

from batch.evaluation.errors import NoSuchSplit
from batch.evaluation.tuning import Tuning, folds, train_side, tune
from batch.native_engine import Native
from batch.training import nothing_known
from contracts.artefact import Parameters
from recommender.ratings import IndexedRatings
from tests.batch.evaluation.small_datasets import drawn

pytestmark = pytest.mark.slow

WHOLE = drawn(users=30, movies=40)


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def searched(journal: Path, trials: int, split: str = "random-1") -> tuple[Parameters, list[str]]:
    """The best parameters, and which trials were run for them."""
    run: list[str] = []
    tuning = Tuning(train_side(WHOLE, split), split, Native(1), nothing_known, folds=0)
    best = tune(tuning, trials, journal, lambda study, done, value: run.append(f"{study}{done}"))
    return best, run


@pytest.mark.parametrize("split", ["random-1", "last", "prequential"])
def test_a_search_ends_in_parameters(split: str, tmp_path: Path) -> None:
    best, run = searched(tmp_path / "journal", 2, split)

    assert best != Parameters()
    assert run == ["ranking1", "ranking2", "stars1", "stars2"]


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

    tuning = Tuning(train_side(other, "random-1"), "random-1", Native(1), nothing_known, folds=0)
    tune(tuning, 1, tmp_path / "journal", lambda study, done, value: run.append(study))

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
        tuning = Tuning(
            train_side(ratings, "prequential"), "prequential", Native(1), nothing_known, folds=0
        )
        return tune(tuning, 2, tmp_path / name, lambda *_: None)

    assert best(WHOLE, "one") == best(altered, "other")


def test_every_rating_is_held_out_in_one_fold() -> None:
    held = [split.test for split in folds(WHOLE, 4)]

    assert sum(map(len, held)) == len(WHOLE)


def test_stars_may_be_judged_by_cross_validation(tmp_path: Path) -> None:
    tuning = Tuning(train_side(WHOLE, "last"), "last", Native(1), nothing_known, folds=3)

    assert tune(tuning, 1, tmp_path / "journal", lambda *_: None) != Parameters()


@pytest.mark.parametrize("name", ["random", "random-x", "first", ""])
def test_another_name_is_no_split(name: str) -> None:
    with pytest.raises(NoSuchSplit, match="not one of random-SEED"):
        train_side(WHOLE, name)

"""What is suggested to a search, and what a search is told to begin with."""

from typing import cast

import optuna
import pytest
from msgspec.structs import replace

from batch.evaluation.search_space import (
    CONTENT,
    SCALES,
    STEPS,
    suggest_ranking,
    suggest_stars,
    trial_of,
)
from contracts.hyper_parameters import Parameters


def trial(values: dict[str, float]) -> optuna.Trial:
    return cast("optuna.Trial", optuna.trial.FixedTrial(values))


def test_what_is_shipped_is_suggested_again_when_it_is_tried() -> None:
    values = trial_of(Parameters())
    elsewhere = replace(Parameters(), base_likes=1, content_agreement=0, star_regularisation=9)

    ranking = suggest_ranking(trial(values), elsewhere, described=True)
    found = suggest_stars(trial(values), ranking)

    assert found == Parameters()


def test_everything_that_is_searched_is_told() -> None:
    assert trial_of(Parameters()).keys() == STEPS.keys() | SCALES.keys()


@pytest.mark.parametrize("name", CONTENT)
def test_where_nothing_is_known_of_movies_content_is_not_searched(name: str) -> None:
    values = trial_of(Parameters()) | {name: STEPS[name][1]}

    found = suggest_ranking(trial(values), Parameters(), described=False)

    assert getattr(found, name) == getattr(Parameters(), name)

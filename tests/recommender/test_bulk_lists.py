"""Many people's lists at once are those of one at a time, whatever a search may come to."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray

from batch.evaluation.search_space import SCALES, STEPS
from contracts.artefact import Model
from contracts.histories import Entry, History
from contracts.hyper_parameters import Parameters
from harness.builders import model
from recommender.bulk_lists import HistoryBatch, ranked_lists
from recommender.content_columns import with_columns
from recommender.fold_in import Folder
from recommender.similar_movies import Content

MOVIES, RANK, GENRES, LIMIT = 6_000, 32, 19, 50
LENGTHS = (5_000, 200, 20, 1)
CORNERS = [
    {
        "base_likes": base,
        "regularisation": ridge / (base + 50),
        "unobserved_weight": unobserved,
        "dislike_weight": dislike,
        "popularity_exponent": exponent,
        "star_regularisation": stars,
        "content_agreement": agreement,
    }
    for base, ridge, unobserved, (dislike, stars), exponent, agreement in product(
        SCALES["base_likes"],
        SCALES["ridge"],
        SCALES["unobserved_weight"],
        zip(STEPS["dislike_weight"][:2], SCALES["star_ridge"], strict=True),
        STEPS["exponent"][:2],
        STEPS["content_agreement"][:2],
    )
]
"""Of the searched space: the least and the most of everything that fold-in reads."""
PRECISION = 1e-4


@cache
def described(scale: float) -> Model:
    """Vectors as training makes them: directions of very different strength, movies too, and
    content columns of genres of very different frequency."""
    random = np.random.default_rng(7)
    one = model(MOVIES, RANK)
    strength = np.geomspace(1, 0.01, MOVIES)[:, None] * np.geomspace(1, 0.01, RANK)
    learned = one.factors * strength.astype(np.float32)
    drawn = random.geometric(0.2, (MOVIES, 2)).clip(1, GENRES)
    content = replace(
        Content.unknown(MOVIES),
        genres=[tuple({f"genre {each}" for each in some}) for some in drawn.tolist()],
        years=random.integers(1920, 2020, MOVIES).tolist(),
    )
    return replace(one, factors=with_columns(learned, content, scale))


@pytest.fixture(scope="module")
def people() -> list[History]:
    random = np.random.default_rng(11)
    one_kind = {movie * 10: Entry(10, 0) for movie in range(1, LENGTHS[0] + 1)}
    return [*(person(random, length) for length in LENGTHS), History(one_kind, 1, 1)]


def person(random: np.random.Generator, length: int) -> History:
    movies = np.sort(random.choice(MOVIES, length, replace=False) + 1) * 10
    stars = np.append(random.integers(1, 11, length - 1), 10)
    said = zip(movies.tolist(), stars.tolist(), strict=True)
    return History({movie: Entry(state, 0) for movie, state in said}, 1, 1)


@pytest.mark.parametrize("scale", [0.2, 1.9])
@pytest.mark.parametrize("corner", CORNERS)
def test_at_every_corner_scores_are_those_of_an_exact_solution(
    corner: dict[str, float], scale: float, people: list[History]
) -> None:
    folder = Folder(with_parameters(described(scale), corner))

    for one, made in zip(people, ranked_lists(folder, HistoryBatch.of(people), LIMIT), strict=True):
        at, half_stars = folder.known(one.ratings)
        exact = folder.scores(at, half_stars)
        assert exact is not None
        within = PRECISION * float(np.abs(exact).max())
        rows, _ = folder.rows_of(made.movies.astype(np.int32))
        assert np.abs(made.scores - exact[rows]).max() <= within
        assert exact[rows].min() >= least_of_best(exact, at) - within
        stars = folder.in_stars(folder.half_stars(at, half_stars, rows), rows)
        assert np.abs(made.stars_x10.astype(int) - stars.astype(int)).max() <= 1


def with_parameters(one: Model, corner: dict[str, float]) -> Model:
    return replace(one, parameters=structs.replace(Parameters(rank=RANK), **corner))


def least_of_best(exact: NDArray[np.float32], rated: NDArray[np.intp]) -> float:
    """The last score of the exact list."""
    open_ = np.delete(exact, rated)
    return float(np.sort(open_)[-LIMIT])

"""MLlib's models, through the one Spark session of the test run."""

import msgspec
import numpy as np
import pytest
from pyspark.sql import SparkSession

from batch.mllib_engine import MLlib, NotInMLlib
from batch.native_engine import Native
from batch.training import train
from contracts.hyper_parameters import Parameters
from harness.batch.checkerboard import MISSING, MOVIES, USERS, checkerboard, said
from harness.batch.poisoning_attacks import together
from recommender.fold_in import Folder
from recommender.preference import preference
from recommender.ratings import Pairs, Ratings

pytestmark = [pytest.mark.spark, pytest.mark.integration]

SMALL = Parameters(rank=4, base_likes=0, popularity_exponent=0)
STRANGERS = 80


def test_a_checkerboard_of_tastes_is_recovered(spark: SparkSession) -> None:
    folder = Folder(train(checkerboard().rated, SMALL, MLlib(spark, 2)))

    first = {user: int(folder.ranked(h, 10).movies[0]) for user, h in checkerboard().histories()}

    assert first == MISSING


def test_folding_in_equals_the_half_step_that_training_ends_with(spark: SparkSession) -> None:
    board = checkerboard()
    wanted = preference(board.state, SMALL.dislike_weight)
    users, movies = board.user_id.astype(np.intp) - 1, board.movie_id.astype(np.intp) - 1
    pairs = Pairs.alike(users, movies, (USERS, MOVIES))
    trained = MLlib(spark, 2).fit_ranking(pairs, wanted, SMALL).userFactors.toArrow().to_pylist()
    folder = Folder(train(board.rated, SMALL, MLlib(spark, 2)))

    folded = {
        int(user): folder.vector(
            board.movie_id[board.user_id == user] - 1, board.state[board.user_id == user]
        )
        for user in np.unique(board.user_id)
    }

    assert len(trained) == len(folded)
    for row in trained:
        vector = folded[row["id"] + 1]
        assert vector is not None
        np.testing.assert_allclose(vector, row["features"], atol=1e-4)


def loss(folder: Folder) -> float:
    """The ranking's objective on the board, the ridges left out."""
    p, lost = SMALL, 0.0
    for _, history in checkerboard().histories():
        at, half_stars = folder.known(history.ratings)
        vector = folder.vector(at, half_stars)
        assert vector is not None
        scores = folder.model.factors @ vector
        wanted = preference(half_stars, p.dislike_weight)
        missed = np.where(wanted > 0, (1 - scores[at]) ** 2, scores[at] ** 2)
        lost += (np.abs(wanted) * missed).sum() + p.unobserved_weight * (scores**2).sum()
    return lost


def test_both_engines_end_as_well_by_the_objective_that_they_share(spark: SparkSession) -> None:
    parameters = msgspec.structs.replace(SMALL, iterations=20)
    one, other = (
        loss(Folder(train(checkerboard().rated, parameters, engine)))
        for engine in (MLlib(spark, 2), Native(2))
    )

    assert one == pytest.approx(other, rel=0.03)


def test_base_likes_are_refused(spark: SparkSession) -> None:
    with pytest.raises(NotInMLlib, match="base likes 3"):
        train(checkerboard().rated, Parameters(rank=4, base_likes=3), MLlib(spark, 2))


def joined(strangers: int) -> Ratings:
    """The board, and strangers whose taste is another one in half of the movies."""
    user, movie = (grid.ravel() + 1 for grid in np.mgrid[USERS : USERS + strangers, 0:MOVIES])
    own = (user % 2 == movie % 2) == (movie > MOVIES // 2)
    return together(checkerboard().rated, said(user, movie, np.where(own, 10, 2)).rated)


def test_strangers_who_hardly_count_leave_the_board_as_it_is(spark: SparkSession) -> None:
    narrow = Parameters(rank=2, base_likes=0)
    weights = np.array([1] * USERS + [0.01] * STRANGERS, np.float32)
    engine, both = MLlib(spark, 2), joined(STRANGERS)

    alone, beside, crowded = (
        Folder(train(*one))
        for one in (
            (checkerboard().rated, narrow, engine),
            (both, narrow, engine, weights),
            (both, narrow, engine),
        )
    )

    assert loss(beside) == pytest.approx(loss(alone), rel=0.05)
    assert loss(crowded) > 1.2 * loss(alone)
    assert missed_stars(beside) < missed_stars(alone) + 0.5  # ridges count the strangers, too
    assert missed_stars(crowded) > missed_stars(alone) + 2


def missed_stars(folder: Folder) -> float:
    """How far, in half-stars, predictions for the movies of the own taste are below ten."""
    predicted = [
        folder.half_stars(*folder.known(history.ratings), np.array([MISSING[user] - 1]))[0]
        for user, history in checkerboard().histories()
    ]
    return 10 - float(np.mean(predicted))

"""MLlib's models, through the one Spark session of the test run."""

import numpy as np
import pytest
from pyspark.sql import SparkSession

from batch.snapshot import Snapshot
from batch.training import NotEnoughRatings, fit_implicit, train
from contracts.artefact import Parameters
from recommender.folding import Folder
from recommender.preference import preference

pytestmark = [pytest.mark.spark, pytest.mark.integration]

USERS, MOVIES = 40, 30


def checkerboard() -> Snapshot:
    """Users and movies of two tastes: everybody loves one half and hates the other.

    Each user has not seen one movie of the own half, which is the known answer.
    """
    user, movie = (grid.ravel() + 1 for grid in np.mgrid[0:USERS, 0:MOVIES])
    same = user % 2 == movie % 2
    seen = ~(same & ((movie - 1) // 2 == (user - 1) // 2 % (MOVIES // 2)))
    return snapshot(user[seen], movie[seen], np.where(same[seen], 10, 2))


def snapshot(user: np.ndarray, movie: np.ndarray, half_stars: np.ndarray) -> Snapshot:
    times = dict.fromkeys(user.tolist(), 1)
    ids = (user.astype(np.int32), movie.astype(np.int32))
    return Snapshot(
        {0: 1}, *ids, half_stars.astype(np.uint8), np.ones(len(user), int), times, times
    )


def test_a_checkerboard_of_tastes_is_recovered(spark: SparkSession) -> None:
    folder = Folder(train(spark, checkerboard(), Parameters(rank=4)))

    first = {user: int(folder.ranked(h, 10).movies[0]) for user, h in checkerboard().histories()}

    missing = {u: 2 * ((u - 1) // 2 % (MOVIES // 2)) + (1 if u % 2 else 2) for u in first}
    assert first == missing


def test_folding_in_equals_the_half_step_that_training_ends_with(spark: SparkSession) -> None:
    board, parameters = checkerboard(), Parameters(rank=4)
    wanted = preference(board.state, parameters.dislike_weight)
    said = wanted != 0
    columns = (board.user_id[said], board.movie_id[said], wanted[said])
    trained = fit_implicit(spark, *columns, parameters).userFactors.toArrow().to_pylist()
    folder = Folder(train(spark, board, parameters))

    folded = {
        int(user): folder.vector(
            board.movie_id[board.user_id == user] - 1, board.state[board.user_id == user]
        )
        for user in np.unique(board.user_id)
    }

    for row in trained:
        vector = folded[row["id"]]
        assert vector is not None
        np.testing.assert_allclose(vector, row["features"], atol=1e-4)


def test_a_snapshot_without_a_like_is_not_enough(spark: SparkSession) -> None:
    disliked = snapshot(np.array([1, 2]), np.array([1, 2]), np.array([3, 2]))

    with pytest.raises(NotEnoughRatings, match="no like"):
        train(spark, disliked, Parameters())

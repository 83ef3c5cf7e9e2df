"""Training with Spark MLlib: implicit ALS for the ranking, explicit ALS for predicted stars."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import SparkSession

from batch.snapshot import Snapshot
from contracts.artefact import Model, Parameters
from recommender.biases import damped_biases
from recommender.preference import LIKE_FROM, preference


class NotEnoughRatings(RuntimeError):
    """A snapshot that no model can be made of."""


class NotFinite(RuntimeError):
    """Training ended in factors that are no numbers."""


def train(spark: SparkSession, snapshot: Snapshot, parameters: Parameters) -> Model:
    """A model of everything that stands rated in the snapshot.

    Raises:
        NotEnoughRatings: without a single like.
        NotFinite: if a factor is not a finite number.
    """
    users, movies = snapshot.user_id[snapshot.rated], snapshot.movie_id[snapshot.rated]
    half_stars = snapshot.state[snapshot.rated]
    if not (half_stars >= LIKE_FROM).any():
        raise NotEnoughRatings(f"{len(half_stars)} ratings, no like among them")
    ids, at = np.unique(movies, return_inverse=True)
    mean = float(half_stars.mean())
    biases, residual = _residuals(
        users, at, half_stars.astype(np.float64) - mean, len(ids), parameters
    )
    wanted = preference(half_stars, parameters.dislike_weight)
    said = wanted != 0
    implicit = fit_implicit(spark, users[said], movies[said], wanted[said], parameters)
    explicit = fit_explicit(spark, users, movies, residual, parameters)
    model = Model(
        movies=ids,
        factors=_rows(implicit, ids),
        explicit_factors=_rows(explicit, ids),
        biases=biases.astype(np.float32),
        ratings=np.bincount(at, minlength=len(ids)).astype(np.int32),
        likes=np.bincount(at[half_stars >= LIKE_FROM], minlength=len(ids)).astype(np.int32),
        mean=mean,
        parameters=parameters,
    )
    broken = [name for name, array in model.arrays().items() if not np.isfinite(array).all()]
    if broken:
        raise NotFinite(f"not all of {', '.join(broken)} is finite")
    return model


def fit_implicit(
    spark: SparkSession,
    users: NDArray[np.int32],
    movies: NDArray[np.int32],
    preferences: NDArray[np.float32],
    parameters: Parameters,
) -> ALSModel:
    """MLlib's implicit ALS: a positive value is a target of 1, a negative one of 0."""
    als = ALS(
        rank=parameters.rank,
        maxIter=parameters.iterations,
        regParam=parameters.regularisation,
        alpha=parameters.confidence,
        implicitPrefs=True,
    )
    return _fit(als, spark, users, movies, preferences, parameters)


def fit_explicit(
    spark: SparkSession,
    users: NDArray[np.int32],
    movies: NDArray[np.int32],
    residual: NDArray[np.float64],
    parameters: Parameters,
) -> ALSModel:
    """MLlib's explicit ALS on what mean and biases leave."""
    als = ALS(
        rank=parameters.explicit_rank,
        maxIter=parameters.iterations,
        regParam=parameters.explicit_regularisation,
    )
    return _fit(als, spark, users, movies, residual.astype(np.float32), parameters)


def _fit(
    als: ALS,
    spark: SparkSession,
    users: NDArray[np.int32],
    movies: NDArray[np.int32],
    values: NDArray[np.float32],
    parameters: Parameters,
) -> ALSModel:
    table = pa.table({"user": users, "item": movies, "rating": values})
    blocks = als.setSeed(parameters.seed).setNumBlocks(2).setCheckpointInterval(-1)
    return blocks.fit(spark.createDataFrame(table).repartition(2).cache())


def _residuals(
    users: NDArray[np.int32],
    at: NDArray[np.intp],
    deviation: NDArray[np.float64],
    movies: int,
    parameters: Parameters,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Movie biases, and what they and the users' biases leave of the ratings; in half-stars."""
    movie_biases = damped_biases(at, deviation, movies, parameters.bias_damping)
    rest = deviation - movie_biases[at]
    _, user_at = np.unique(users, return_inverse=True)
    user_biases = damped_biases(user_at, rest, int(user_at.max()) + 1, parameters.bias_damping)
    return movie_biases, rest - user_biases[user_at]


def _rows(model: ALSModel, movies: NDArray[np.int32]) -> NDArray[np.float32]:
    """Item factors as rows in the order of `movies`; zeros for those that ALS never saw."""
    table = model.itemFactors.toArrow()
    vectors = np.vstack([np.asarray(row, np.float32) for row in table["features"].to_pylist()])
    rows = np.zeros((len(movies), vectors.shape[1]), np.float32)
    rows[np.searchsorted(movies, table["id"].to_numpy())] = vectors
    return rows

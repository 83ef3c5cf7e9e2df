"""Training by Spark MLlib: the same objective, fed from the same arrays.

MLlib holds unobserved pairs with weight 1 and likes with alpha more, so that both its parameters
are ours over the unobserved weight. It knows no base likes: parameters with some are refused.

It knows no weights of users either. The weight scales what is added for likes and dislikes; the
unobserved pairs and the ridges count everybody for one.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import SparkSession

from batch.training import Floats
from contracts.hyper_parameters import Parameters
from recommender.preference import preference
from recommender.ratings import Pairs


class NotInMLlib(ValueError):
    """Parameters that MLlib's objective has no place for."""


@dataclass(frozen=True)
class MLlib:
    """Trains in this session, its input cut into so many blocks."""

    spark: SparkSession
    blocks: int

    def ranking(
        self, pairs: Pairs, half_stars: NDArray[np.uint8], parameters: Parameters
    ) -> Floats:
        """Movie vectors of the ranking, shape (movies, rank).

        Raises:
            NotInMLlib: if the parameters have base likes.
        """
        wanted = preference(half_stars, parameters.dislike_weight)
        said = wanted != 0
        rated = pairs.where(said)
        weighed = wanted[said] * pairs.weights[rated.users]
        return _movies(self.fit_ranking(rated, weighed, parameters), pairs, parameters.rank)

    def fit_ranking(self, pairs: Pairs, preferences: Floats, parameters: Parameters) -> ALSModel:
        """MLlib's own model: a positive preference is a target of 1, a negative one of 0.

        How far it is from 0 says how hard.
        """
        if parameters.base_likes:
            raise NotInMLlib(f"base likes {parameters.base_likes:g}: not supported by MLlib's ALS")
        als = ALS(
            rank=parameters.rank,
            maxIter=parameters.iterations,
            regParam=parameters.regularisation / parameters.unobserved_weight,
            alpha=1 / parameters.unobserved_weight,
            implicitPrefs=True,
            seed=parameters.seed,
        )
        users, movies = pairs.users.astype(np.int32), pairs.movies.astype(np.int32)
        table = pa.table({"user": users, "item": movies, "rating": preferences})
        blocks = als.setNumBlocks(self.blocks).setCheckpointInterval(-1)
        return blocks.fit(self.spark.createDataFrame(table).repartition(self.blocks).cache())


def _movies(model: ALSModel, pairs: Pairs, rank: int) -> Floats:
    """Movie vectors as rows; zeros for those that ALS never saw."""
    table = model.itemFactors.toArrow()
    rows = np.zeros((pairs.shape[1], rank), np.float32)
    vectors = [np.asarray(row, np.float32) for row in table["features"].to_pylist()]
    if vectors:
        rows[table["id"].to_numpy()] = np.vstack(vectors)
    return rows

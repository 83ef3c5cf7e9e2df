"""The quality of lists: the textbook's models beside ours, by the protocols of `batch evaluate`.

The textbook asks MLlib for everybody's list right after a training, so its people are those of the
last half-step: `as_trained` solves that half-step for any history, with MLlib's item factors. A
person is so shown what the next training would show, also where the textbook itself has not trained
yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame

from batch.evaluation.contender_registry import line_up
from batch.evaluation.contender_types import OURS, POPULAR, Contender, Contenders
from batch.evaluation.dataset import load, load_content
from batch.evaluation.holdout_protocol import lists_protocol
from batch.evaluation.named_splits import random_splits
from batch.evaluation.options import Protocol
from batch.evaluation.outcome import Outcome
from batch.evaluation.session_protocols import session_protocols
from batch.native_engine import Native
from batch.spark_sessions import Sessions
from contracts.hyper_parameters import Parameters
from recommender.ratings import Histories, IndexedRatings
from recommender.scorers import Floats, HalfStars, Indices, Scorer

EXPLICIT, IMPLICIT = "textbook, explicit", "textbook, implicit"
K, SEEDS = 10, 5
RIDGE, ALPHA, SEED = 0.1, 1.0, 42
"""MLlib's own defaults, and the textbook's seed."""


@dataclass(frozen=True)
class AsTrained:
    """MLlib's model, of people as its last half-step leaves them.

    Attributes:
        movies: item factors, shape (movies, rank); zeros for those that nobody has rated.
        gram: of all of them, shape (rank, rank).
        implicit: the objective.
    """

    movies: Floats
    gram: Floats
    implicit: bool

    def scores(self, movies: Indices, half_stars: HalfStars) -> Floats | None:
        """What `recommendForAllUsers` ranks by; movies that nobody has rated are the last."""
        if not len(movies):
            return None
        found: Floats = self.movies @ self.vector(movies, half_stars)
        return np.where(self.movies.any(axis=1), found, np.float32(-np.inf))

    def vector(self, movies: Indices, half_stars: HalfStars) -> Floats:
        """The half-step, shape (rank,): Hu et al. 2008 with ratings as strengths, or ALS-WR."""
        rows, stars = self.movies[movies], half_stars / 2
        ridge = RIDGE * len(movies) * np.eye(rows.shape[1])
        if self.implicit:
            left = self.gram + rows.T @ (ALPHA * stars[:, None] * rows) + ridge
            right = rows.T @ (1 + ALPHA * stars)
        else:
            left, right = rows.T @ rows + ridge, rows.T @ stars
        return np.linalg.solve(left, right).astype(np.float32)


def as_trained(session: Sessions, *, implicit: bool) -> Contender:
    """The textbook's training."""

    def fit(train: IndexedRatings) -> Scorer:
        movies = vectors(trained(train, session, implicit).itemFactors, len(train.movie_ids))
        return AsTrained(movies, movies.T @ movies, implicit)

    return fit


def trained(train: IndexedRatings, session: Sessions, implicit: bool) -> ALSModel:
    """MLlib's model, with its own defaults, as the textbook trains it."""
    table = pa.table({"user": train.users, "item": train.movies, "rating": train.half_stars / 2})
    ratings = session().createDataFrame(table)
    return ALS(implicitPrefs=implicit, coldStartStrategy="drop", seed=SEED).fit(ratings)


def vectors(factors: DataFrame, count: int) -> Floats:
    """Vectors as rows, shape (count, rank); zeros for those that ALS never saw."""
    table = factors.toArrow()
    learned = np.array(table["features"].to_pylist(), np.float32)
    rows = np.zeros((count, learned.shape[1]), np.float32)
    rows[table["id"].to_numpy()] = learned
    return rows


def apart(release: Path, session: Sessions, *, implicit: bool) -> float:
    """By how much `AsTrained` differs from MLlib's own users: all of a release, any coordinate."""
    ratings = load(release)
    model = trained(ratings, session, implicit)
    movies = vectors(model.itemFactors, len(ratings.movie_ids))
    ours, histories = AsTrained(movies, movies.T @ movies, implicit), Histories.in_(ratings)
    theirs = vectors(model.userFactors, len(ratings.user_ids))
    people = np.unique(ratings.users).tolist()
    return max(float(np.abs(ours.vector(*histories.of(one)) - theirs[one]).max()) for one in people)


def judged(release: Path, session: Sessions, *, quick: bool) -> Iterator[Outcome]:
    """Both forms of the textbook, ours and popularity, by random splits and by sessions."""
    ratings, describe = load(release), load_content(release)
    ours = line_up([OURS, POPULAR], Parameters(), {}, Native(2), describe, session)
    control: Contenders = {
        EXPLICIT: as_trained(session, implicit=False),
        IMPLICIT: as_trained(session, implicit=True),
    }

    def taking_part(split: str) -> Contenders:
        return {**ours(split), **control}

    splits = random_splits(1 if quick else SEEDS)
    genres = describe(ratings.movie_ids).genres
    yield lists_protocol("random", splits, ratings, genres, taking_part, K, lambda _: None)
    if not quick:
        both = [Protocol.return_, Protocol.onboard]
        yield from session_protocols(both, ratings, taking_part, K, lambda _: None)

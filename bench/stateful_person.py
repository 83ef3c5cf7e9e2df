"""A person's list as the state of a Spark query: what Spark's workers import.

Spark hands on by value what is defined in a program's own module; a model is too large for that.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming.stateful_processor import StatefulProcessor, StatefulProcessorHandle

from bench.fold_in import LIMIT, model
from contracts.histories import Entry, History
from recommender.fold_in import Folder
from redis_store.connection import connect


class PersonalList(StatefulProcessor):
    """A person's ratings, and the list that follows from them."""

    def __init__(self, movies: int) -> None:
        """Fold into a model of so many movies."""
        self._movies = movies

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Name the state."""
        self._ratings = handle.getMapState("ratings", "movie_id int", "half_stars int")

    def handleInputRows(
        self, key: Any, rows: Iterator[pd.DataFrame], _: Any
    ) -> Iterator[pd.DataFrame]:
        """Keep what somebody has rated, and make the list again."""
        newest = -1
        for frame in rows:
            for row in frame.itertuples():
                self._ratings.updateValue((int(row.movie_id),), (int(row.rating * 2),))
                newest = max(newest, int(row.offset))
        entries = {movie: Entry(stars, 0) for (movie,), (stars,) in self._ratings.iterator()}
        ranked = folder(self._movies).ranked(History(entries), LIMIT)
        movies = json.dumps(ranked.movies.tolist())
        yield pd.DataFrame({"user_id": [key[0]], "next_offset": [newest + 1], "movies": [movies]})


@cache
def folder(movies: int) -> Folder:
    """The model, made once in each of Spark's Python workers."""
    return Folder(model(movies))


def save(rows: Iterable[Row], redis: str, prefix: str) -> None:
    """Set some lists, each with the next offset behind it."""
    store = connect(redis, timeout_s=5)
    with store.pipeline(transaction=False) as pipe:
        for row in rows:
            pipe.hset(
                f"{prefix}{row['user_id']}",
                mapping={"next": row["next_offset"], "movies": row["movies"]},
            )
        pipe.execute()
